/** Compiles updates: traced and cut up once, then run over the memory of stores by all lanes, each its own weights. */
import type { CompiledUpdate, UpdateProgram } from "../engine";
import { sizeOf, stateSpecs } from "../host";
import type { Lane } from "./lanes/lane";
import { type Lanes, sharedOut, sideBySide } from "./lanes/lanes";
import { type GraphStore, graphStore } from "./store";
import { type Unit, type UnitSizes, planUpdate, shapeOf } from "./update-plan";
import { type KnownUnits, traceUnit } from "./update-units";

export async function compileUpdate(
  program: UpdateProgram,
  lanes: Lanes,
  sizes: UnitSizes,
): Promise<CompiledUpdate> {
  const plan = planUpdate(program, sizes);
  const size = (unit: Unit): number => elementsOf(program, unit);
  const elements = plan.reduce((sum, unit) => sum + size(unit), 0);
  const used = await lanes.open(elements <= sizes.alone ? 1 : lanes.threads);
  const known: KnownUnits = [];
  const open = async ([lane, share]: readonly [Lane<GraphStore>, readonly Unit[]]) => {
    const units = share.map((unit) => traceUnit(program, unit, known));
    return { lane, update: await lane.openUpdate(units) };
  };
  // The caller's own lane, which keeps it busy, comes last.
  const shares = [...sharedOut(plan, { lanes: used, size })].reverse();
  const opened = await sideBySide(shares.map(open));
  return {
    state: stateSpecs(program),
    run: async ({ scalars, ...given }) => {
      const stores = {
        weights: graphStore(given.weights),
        gradients: graphStore(given.gradients),
        state: graphStore(given.state),
      };
      await sideBySide(
        opened.map(({ lane, update }) => lane.runUpdate({ update, stores, scalars })),
      );
    },
    dispose: () => {
      for (const { lane, update } of opened) lane.close(update);
    },
  };
}

function elementsOf(program: UpdateProgram, unit: Unit): number {
  const updates = unit.kind === "together" ? unit.updates : [unit.update];
  return updates.reduce((sum, update) => sum + sizeOf(shapeOf(program.weights, update)), 0);
}
