/**
 * The optimizer state of a fused model from that of its parents, one tensor at a time.
 *
 * Where a tied parent gives an untied child its embedding and its head, the state of its one tensor, which has seen
 * the gradients of both uses, is where both begin.
 */
import {
  type OptimizerRecord,
  parseOptimizerRecord,
  stateName,
  stateShapes,
} from "../checkpoint/optimizer-state";
import type { TensorSource } from "../checkpoint/tensor-source";
import type { BlockPlan, TensorPlan } from "./layout";
import { columnMeans, fuseMoments, rowMeans, unfactored } from "./moments";
import type { FusionPlan } from "./plan";
import type { FusionFault } from "./refusal";

/** What a checkpoint holds of an optimizer. */
export interface ParentState {
  readonly name: string;
  readonly directory: string;
  readonly optimizer: TensorSource | undefined;
  readonly trainerState: unknown;
}

export interface GrownState {
  readonly record: OptimizerRecord;
  readonly state: TensorSource;
}

/** Why the parents' states cannot grow into the child's: each must have one, and of the same optimizer. */
export function findStateFaults(states: readonly ParentState[]): FusionFault[] {
  const kinds = states.map((state) => recordOf(state)?.kind ?? "none");
  if (kinds.every((kind) => kind === kinds[0] && kind !== "none")) return [];
  return [
    {
      kind: "setting",
      key: "optimizer state",
      values: states.map(({ name }, i) => ({ parent: name, value: kinds[i]! })),
      reason: "it can only grow from the same optimizer's state in all parents",
      remedy: "set optimizer to reset",
    },
  ];
}

/**
 * The child has seen as many updates as the parent that has seen most.
 * @param states of each of the plan's parents, without faults
 */
export function growState(plan: FusionPlan, states: readonly ParentState[]): GrownState {
  const parents = states.map((state) => ({ state: state.optimizer!, record: recordOf(state)! }));
  const { kind } = parents[0]!.record;
  const updates = Math.max(...parents.map(({ record }) => record.updates));
  const sources = parents.map(({ state }) => state);
  const tensors = new Map<string, StateTensor>();
  for (const tensor of plan.tensors.values()) {
    for (const [short, shape] of Object.entries(stateShapes(kind, tensor.shape))) {
      if (short === "momentum" && !sources.every((state) => hasMomentum(state))) continue;
      tensors.set(stateName(tensor.name, short), { tensor, short, shape });
    }
  }
  const shapes = new Map([...tensors].map(([name, { shape }]) => [name, shape]));
  return {
    record: { kind, updates },
    state: {
      shapes,
      async read(name) {
        const wanted = tensors.get(name);
        if (wanted === undefined) {
          throw new RangeError(`Cannot read tensor ${name}: the grown optimizer state has none`);
        }
        return readGrown(plan, sources, wanted);
      },
    },
  };
}

interface StateTensor {
  readonly tensor: TensorPlan;
  readonly short: string;
  readonly shape: readonly number[];
}

function recordOf({
  optimizer,
  trainerState,
  directory,
}: ParentState): OptimizerRecord | undefined {
  if (optimizer === undefined) return undefined;
  return parseOptimizerRecord(trainerState, `${directory}/trainer_state.json`);
}

/** SGD without momentum keeps no state. */
function hasMomentum(state: TensorSource): boolean {
  return state.shapes.has(stateName("shared.weight", "momentum"));
}

async function readGrown(
  plan: FusionPlan,
  states: readonly TensorSource[],
  { tensor, short }: StateTensor,
): Promise<Float32Array> {
  const order = short.startsWith("second_moment") ? "second" : "first";
  const moments: Float32Array[] = [];
  for (const block of tensor.blocks) {
    const weight = block.source ?? lastLayer(plan, tensor.name, block);
    moments.push(
      order === "first"
        ? await states[block.parent]!.read(stateName(weight, short))
        : await readSecondMoment(states[block.parent]!, weight),
    );
  }
  const fused = fuseMoments(tensor, moments, { order, twins: plan.twins });
  if (short === "second_moment_row") return rowMeans(fused, tensor.columns);
  if (short === "second_moment_column") return columnMeans(fused, tensor.columns);
  return fused;
}

async function readSecondMoment(state: TensorSource, weight: string): Promise<Float32Array> {
  const whole = stateName(weight, "second_moment");
  if (state.shapes.has(whole)) return state.read(whole);
  return unfactored(
    await state.read(stateName(weight, "second_moment_row")),
    await state.read(stateName(weight, "second_moment_column")),
  );
}

/** The same tensor of the last layer that the parent has. */
function lastLayer(plan: FusionPlan, name: string, { parent }: BlockPlan): string {
  const { num_layers, num_decoder_layers } = plan.parents[parent]!.configuration;
  const depth = name.startsWith("encoder") ? num_layers : num_decoder_layers;
  return name.replace(/block\.\d+\./, `block.${depth - 1}.`);
}
