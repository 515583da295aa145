/** The update on the device: every weight whole, with all its passes in one graph, whose sums stay inside. */
import { Tensor } from "onnxruntime-node";
import type { CompiledUpdate, Scalars, UpdateProgram } from "../../engine";
import { scalarOf, stateSpecs } from "../../host";
import type { OrtTensors, Session } from "../session";
import { planUpdate } from "../update-plan";
import { type Place, inputName, outputName, scalarName } from "../update-trace";
import { type TracedTogether, traceTogether } from "../update-units";
import type { Resident } from "./resident";
import { type ResidentStore, residentStore } from "./store";

/** Nothing is cut: there is no cache to fit. What goes together exists twice while it is renewed. */
const unitSizes = { block: Infinity, together: 2 ** 22, alone: Infinity };

interface Unit extends TracedTogether {
  readonly session: Session;
}

interface Stores {
  readonly weights: ResidentStore;
  readonly gradients: ResidentStore;
  readonly state: ResidentStore;
}

export async function compileResidentUpdate(
  program: UpdateProgram,
  { open }: Resident,
): Promise<CompiledUpdate> {
  const units: Unit[] = [];
  for (const unit of planUpdate(program, unitSizes)) {
    if (unit.kind === "blocks") continue; // none is larger than any size
    const traced = traceTogether(program, unit);
    const outputs = traced.passes.replaces.map(outputName);
    units.push({ ...traced, session: await open(traced.passes.model, outputs) });
  }
  return {
    state: stateSpecs(program),
    run: async ({ scalars: given, ...stores }) => {
      const scalars = scalarFeeds(program, given);
      const own = {
        weights: residentStore(stores.weights),
        gradients: residentStore(stores.gradients),
        state: residentStore(stores.state),
      };
      for (const unit of units) await runUnit(unit, own, scalars);
    },
    dispose: () => {
      for (const { session } of units) session.dispose();
    },
  };
}

function scalarFeeds({ scalars }: UpdateProgram, given: Scalars): OrtTensors {
  return Object.fromEntries(
    scalars.map((name) => [
      scalarName(name),
      new Tensor("float32", Float32Array.of(scalarOf(given, name)), []),
    ]),
  );
}

async function runUnit(
  { passes: traced, weights, session }: Unit,
  stores: Stores,
  scalars: OrtTensors,
): Promise<void> {
  const locate = ({ member, name }: Place): [ResidentStore, string] =>
    placeOf(stores, weights[member]!, name);
  const feeds: OrtTensors = {};
  for (const name of traced.scalars) feeds[scalarName(name)] = scalars[scalarName(name)]!;
  for (const place of traced.reads) {
    const [store, name] = locate(place);
    feeds[inputName(place)] = await store.tensor(name);
  }
  const fetches = Object.fromEntries(traced.replaces.map((place) => [outputName(place), null]));
  const made = await session.run(feeds, fetches);
  for (const place of traced.replaces) {
    const [store, name] = locate(place);
    store.take(name, made[outputName(place)]!);
  }
}

function placeOf(stores: Stores, weight: string, name: string): [ResidentStore, string] {
  if (name === "weight") return [stores.weights, weight];
  if (name === "gradient") return [stores.gradients, weight];
  return [stores.state, `${weight}/${name}`];
}
