/**
 * Loss, metrics and gradients. Gradients are written straight into their store, and the sum of squares of each is
 * taken while it is still in cache.
 *
 * Several batches are computed side by side, one on each lane, and their gradients added in the order of the
 * batches: the sum is the same, bit for bit, whatever the number of lanes.
 */
import type {
  CompiledGradients,
  GradientOptions,
  GradientResult,
  HostTensors,
  LossFunction,
  Scalars,
} from "../engine";
import { checkInputs, sumOfBatches } from "../host";
import { type GradientGraph, traceGradients } from "./gradient-graphs";
import { openSums } from "./gradient-sums";
import type { Lane } from "./lanes/lane";
import { type Lanes, sideBySide } from "./lanes/lanes";
import { type GraphStore, graphStore } from "./store";

type Mode = GradientGraph["mode"];

export async function compileGradients(
  definition: LossFunction,
  lanes: Lanes,
  { batches = 1, ...target }: GradientOptions,
): Promise<CompiledGradients> {
  const used = await lanes.open(batches);
  const threads = Math.max(1, Math.floor(lanes.threads / used.length));
  const graph = { squares: used.length === 1, device: lanes.device, ...target };
  const replacing = traceGradients(definition, { mode: "replace", ...graph });
  const trace = (mode: Mode) =>
    mode === "replace" ? replacing : traceGradients(definition, { mode, ...graph });
  const open = (lane: Lane<GraphStore>) => openLane(definition, { lane, threads, trace, ...graph });
  // The caller's own, which keeps it busy, comes last.
  const workers = (await sideBySide(used.toReversed().map(open))).reverse();
  const parts = used.slice(1).map(() => lanes.allocate(definition.weights));
  const sums = used.length === 1 ? undefined : openSums(definition.weights, used);

  return {
    run: async (weightStore, gradientStore, given, mode) => {
      for (const inputs of given) checkInputs(definition.inputs, inputs);
      const weights = graphStore(weightStore);
      const gradients = graphStore(gradientStore);
      const results: GradientResult[] = [];
      for (let first = 0; first < given.length; first += used.length) {
        const round = given.slice(first, first + used.length);
        const modeOf = (index: number): Mode => {
          if (index > 0) return "replace";
          return first > 0 ? "accumulate" : mode;
        };
        const made = await sideBySide(
          round.map((inputs, index) => {
            const target = index === 0 ? gradients : parts[index - 1]!;
            return workers[index]!.run({ weights, gradients: target, inputs, mode: modeOf(index) });
          }),
        );
        results.push(...made);
        if (sums === undefined) continue;
        const squares = await sums.run(gradients, parts.slice(0, round.length - 1));
        results.push({ ...results.pop()!, squares });
      }
      return sumOfBatches(results);
    },
    dispose: () => {
      for (const store of parts) store.dispose();
      for (const worker of workers) worker.dispose();
      sums?.dispose();
    },
  };
}

interface LaneRun {
  readonly weights: GraphStore;
  readonly gradients: GraphStore;
  readonly inputs: HostTensors;
  readonly mode: Mode;
}

interface GradientLane {
  run(run: LaneRun): Promise<GradientResult>;
  dispose(): void;
}

interface LaneOptions extends Pick<GradientGraph, "squares"> {
  readonly lane: Lane<GraphStore>;
  readonly threads: number;
  readonly trace: (mode: Mode) => ReturnType<typeof traceGradients>;
}

/** The graphs of one batch on one lane; that which accumulates is opened when it is first needed. */
async function openLane(
  definition: LossFunction,
  { lane, threads, trace, squares }: LaneOptions,
): Promise<GradientLane> {
  const names = Object.keys(definition.weights);
  const open = async (mode: Mode) => {
    const { model, metrics } = trace(mode);
    return { session: await lane.openSession(model, threads), metrics };
  };
  const sessions = {
    replace: await open("replace"),
    accumulate: undefined as ReturnType<typeof open> | undefined,
  };
  return {
    run: async ({ weights, gradients, inputs, mode }) => {
      const { session, metrics } =
        mode === "replace" ? sessions.replace : await (sessions.accumulate ??= open(mode));
      const numbers = await lane.runSession({
        session,
        reads: [
          { prefix: "weight", store: weights, names },
          ...(mode === "accumulate" ? [{ prefix: "old", store: gradients, names }] : []),
        ],
        writes: [{ prefix: "gradient", store: gradients, names }],
        inputs,
        inputSpecs: definition.inputs,
        numbers: 1 + metrics.length + (squares ? names.length : 0),
      });
      return {
        loss: numbers[0]!,
        metrics: named(metrics, numbers.subarray(1)),
        squares: squares ? named(names, numbers.subarray(1 + metrics.length)) : {},
      };
    },
    dispose: () => {
      lane.close(sessions.replace.session);
      void sessions.accumulate?.then(({ session }) => {
        lane.close(session);
      });
    },
  };
}

export function named(names: readonly string[], values: Float32Array): Scalars {
  return Object.fromEntries(names.map((name, index) => [name, values[index]!]));
}
