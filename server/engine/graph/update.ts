/** The update as a list of session runs over the stores' own memory. */
import { Tensor } from "onnxruntime-node";
import type { CompiledUpdate, UpdateProgram } from "../engine";
import { scalarOf, stateSpecs } from "../host";
import type { OrtTensors, SessionCache } from "./session";
import { graphStore } from "./store";
import type { Call, CompiledUnit, UpdateStores } from "./update-call";
import { compileBlocks, compileTogether } from "./update-units";
import { type UnitSizes, planUpdate } from "./update-plan";
import { scalarName } from "./update-trace";

export async function compileUpdate(
  program: UpdateProgram,
  sessions: SessionCache,
  sizes: UnitSizes,
): Promise<CompiledUpdate> {
  const units: CompiledUnit[] = [];
  for (const unit of planUpdate(program, sizes)) {
    units.push(
      unit.kind === "together"
        ? await compileTogether(program, unit.updates, sessions)
        : await compileBlocks(program, unit, sessions),
    );
  }
  const scalarValues = new Map(program.scalars.map((name) => [name, new Float32Array(1)]));
  const scalars: OrtTensors = Object.fromEntries(
    [...scalarValues].map(([name, values]) => [
      scalarName(name),
      new Tensor("float32", values, []),
    ]),
  );
  let bound: { readonly stores: UpdateStores; readonly calls: readonly Call[] } | undefined;
  const callsFor = (stores: UpdateStores): readonly Call[] => {
    if (bound === undefined || !sameStores(bound.stores, stores)) {
      bound = { stores, calls: units.flatMap((unit) => unit.bind(stores, scalars)) };
    }
    return bound.calls;
  };
  return {
    state: stateSpecs(program),
    run: async ({ scalars: given, ...stores }) => {
      for (const [name, values] of scalarValues) values[0] = scalarOf(given, name);
      const calls = callsFor({
        weights: graphStore(stores.weights),
        gradients: graphStore(stores.gradients),
        state: graphStore(stores.state),
      });
      for (const call of calls) await call.run();
    },
    dispose: () => {
      bound = undefined;
      for (const unit of units) unit.dispose();
    },
  };
}

function sameStores(a: UpdateStores, b: UpdateStores): boolean {
  return a.weights === b.weights && a.gradients === b.gradients && a.state === b.state;
}
