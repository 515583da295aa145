/**
 * Calibration of a fusion under one RMSNorm over the whole width.
 *
 * In a parent, part i was divided by its own RMS_i; in the child it is divided by RMS_whole, with
 * RMS_whole² = sum_i d_i RMS_i² / D at the same position. The scale of part i is therefore multiplied by
 * E[RMS_whole / RMS_i], the mean over positions of probe batches that run through the parents. What is left is
 * how much the ratio varies from position to position, which is the calibrated rule's drift.
 */
import type { RowSource } from "../checkpoint/row-source";
import { isTarget } from "../model/examples";
import type { BlockPlan, TensorPlan } from "./layout";
import type { FusionPlan } from "./plan";
import type { ProbeBatch, ProbeModel } from "./probe";

/** By name of the norm: a factor for each block (part) of its plan. */
export type NormFactors = ReadonlyMap<string, readonly number[]>;

export interface CalibrationOptions {
  readonly parents: readonly RowSource[];
  readonly model: ProbeModel;
  readonly batches: readonly ProbeBatch[];
  readonly signal?: AbortSignal | undefined;
}

export async function measureNormFactors(
  plan: FusionPlan,
  options: CalibrationOptions,
): Promise<NormFactors> {
  const statistics = await parentStatistics(plan, options);
  const factors = new Map<string, readonly number[]>();
  for (const tensor of plan.tensors.values()) {
    if (tensor.shape.length === 1) {
      factors.set(tensor.name, normFactors(plan, tensor, { statistics, ...options }));
    }
  }
  return factors;
}

/** The plan whose child has the scales of its norms multiplied by the factors. */
export function calibratePlan(plan: FusionPlan, factors: NormFactors): FusionPlan {
  const tensors = new Map(
    [...plan.tensors].map(([name, tensor]) => {
      const own = factors.get(name);
      if (own === undefined) return [name, tensor];
      const blocks = tensor.blocks.map((block, i) => scaled(block, own[i]!));
      return [name, { ...tensor, blocks }];
    }),
  );
  return { ...plan, tensors };
}

function scaled(block: BlockPlan, factor: number): BlockPlan {
  const { mean, std } = block.initial;
  return { ...block, scale: block.scale * factor, initial: { mean: mean * factor, std } };
}

/** By name of the norm [tokens of all batches, parts]: mean squares of what enters it. */
type Statistics = ReadonlyMap<string, Float32Array>;

/** For each parent of the plan; twins are measured once. */
async function parentStatistics(
  plan: FusionPlan,
  { parents, model, batches, signal }: CalibrationOptions,
): Promise<Statistics[]> {
  const all: Statistics[] = [];
  for (const [i, twin] of plan.twins.entries()) {
    if (twin < i) {
      all.push(all[twin]!);
      continue;
    }
    const { configuration } = plan.parents[i]!;
    const statistics = new Map<string, Float32Array>();
    const run = model.run(configuration, {
      weights: parents[i]!,
      ...{ batches, signal, passes: [{ kind: "plain" }] },
      observeNorm: (name, x) => statistics.set(name, meanSquares(x, configuration.fusion_parts)),
    });
    await run.states();
    all.push(statistics);
  }
  return all;
}

/** Shapes: x [tokens, sum of parts] -> [tokens, parts]. */
export function meanSquares(x: Float32Array, parts: readonly number[]): Float32Array {
  const width = parts.reduce((sum, part) => sum + part, 0);
  const means = new Float32Array((x.length / width) * parts.length);
  let position = 0;
  means.forEach((_, i) => {
    const part = parts[i % parts.length]!;
    let sum = 0;
    for (const end = position + part; position < end; position++) sum += x[position]! ** 2;
    means[i] = sum / part;
  });
  return means;
}

interface Measured {
  readonly statistics: readonly Statistics[];
  readonly batches: readonly ProbeBatch[];
}

function normFactors(plan: FusionPlan, tensor: TensorPlan, measured: Measured): number[] {
  const { blocks, columns: width } = tensor;
  const epsilon = plan.configuration.layer_norm_epsilon;
  const parts = partOfBlocks(blocks);
  const sums = blocks.map(() => 0);
  let positions = 0;
  const inputs = blocks.map(({ parent, source }) =>
    measured.statistics[parent]!.get(source ?? finalNorm(tensor.name))!,
  );
  for (const position of tokenPositions(tensor.name, measured.batches)) {
    const squares = blocks.map(({ parent }, i) => {
      const count = plan.parents[parent]!.configuration.fusion_parts.length;
      return inputs[i]![position * count + parts[i]!]!;
    });
    const whole = squares.reduce((sum, s, i) => sum + s * blocks[i]!.columns.childSize, 0) / width;
    squares.forEach((square, i) => {
      sums[i]! += Math.sqrt((whole + epsilon) / (square + epsilon));
    });
    positions++;
  }
  return sums.map((sum) => (positions === 0 ? 1 : sum / positions));
}

/** Which of its parent's parts each block is. */
function partOfBlocks(blocks: readonly BlockPlan[]): number[] {
  return blocks.map(({ parent }, i) => i - blocks.findIndex((block) => block.parent === parent));
}

/** The hidden state of a parent that lacks the layer is what its last layer left. */
function finalNorm(name: string): string {
  return `${name.startsWith("encoder") ? "encoder" : "decoder"}.final_layer_norm.weight`;
}

/** Positions that are no padding, in the norm's stack, through all batches. */
function* tokenPositions(name: string, batches: readonly ProbeBatch[]): Generator<number> {
  let position = 0;
  for (const { examples, inputs, attentionMask, labels } of batches) {
    const isEncoder = name.startsWith("encoder");
    const count = isEncoder ? examples * inputs : labels.length;
    for (let i = 0; i < count; i++, position++) {
      if (isEncoder ? attentionMask?.[i] !== 0 : isTarget(labels[i]!)) yield position;
    }
  }
}
