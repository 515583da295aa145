/** Adds up what several lanes have made of their batches, each lane some of the weights. */
import type { Scalars, Specs } from "../engine";
import { sizeOf } from "../host";
import { traceSums } from "./gradient-graphs";
import type { Lane } from "./lanes/lane";
import { sharedOut, sideBySide } from "./lanes/lanes";
import type { GraphStore } from "./store";

export interface GradientSums {
  /** Adds the parts to the gradients, in order. The sum of squares of each gradient as it then is. */
  run(gradients: GraphStore, parts: readonly GraphStore[]): Promise<Scalars>;
  dispose(): void;
}

interface Share {
  readonly lane: Lane<GraphStore>;
  readonly names: readonly string[];
  readonly session: number;
}

export function openSums(specs: Specs, lanes: readonly Lane<GraphStore>[]): GradientSums {
  const size = (name: string): number => sizeOf(specs[name]!.shape);
  const names = sharedOut(Object.keys(specs), { lanes, size });
  const openShare = async (lane: Lane<GraphStore>, parts: number): Promise<Share[]> => {
    const own = names.get(lane) ?? [];
    if (own.length === 0) return [];
    const model = traceSums(Object.fromEntries(own.map((name) => [name, specs[name]!])), parts);
    return [{ lane, names: own, session: await lane.openSession(model, 1) }];
  };
  /** By the number of parts, which is smaller in a last round that does not fill all lanes. */
  const opened = new Map<number, Promise<Share[]>>();
  const sharesOf = (parts: number): Promise<Share[]> => {
    const shares =
      opened.get(parts) ??
      sideBySide(lanes.map((lane) => openShare(lane, parts))).then((made) => made.flat());
    opened.set(parts, shares);
    return shares;
  };
  return {
    run: async (gradients, parts) => {
      const shares = await sharesOf(parts.length);
      const squares = await sideBySide(
        shares.map(({ lane, session, names: own }) =>
          lane.runSession({
            session,
            reads: [
              { prefix: "old", store: gradients, names: own },
              ...parts.map((store, index) => ({ prefix: `part${index + 1}`, store, names: own })),
            ],
            writes: parts.length > 0 ? [{ prefix: "gradient", store: gradients, names: own }] : [],
            inputs: {},
            inputSpecs: {},
            numbers: own.length,
          }),
        ),
      );
      const found = new Map(
        shares.flatMap(({ names: own }, share) =>
          own.map((name, index) => [name, squares[share]![index]!] as const),
        ),
      );
      return Object.fromEntries(Object.keys(specs).map((name) => [name, found.get(name)!]));
    },
    dispose: () => {
      for (const shares of opened.values()) {
        void shares.then((all) => {
          for (const { lane, session } of all) lane.close(session);
        });
      }
    },
  };
}
