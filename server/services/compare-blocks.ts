/**
 * A small checkpoint against its part of a fused one, kernel by kernel: the blocks on the diagonal that the fusion made
 * of the small one's kernels, without the factor that the head's average put in (Deep Fusion, Eq. 3-5; fusion/head.ts).
 */
import type { Checkpoint } from "../checkpoint/checkpoint";
import type { T5Configuration } from "../checkpoint/configuration";
import { type BlockPlan, planTensors, type Span, type TensorPlan } from "../fusion/layout";
import type { PartSizes } from "../protocol/checkpoint";
import type { ComparedPart, TensorDifference, UnmatchedTensor } from "../protocol/fusion";
import { fusedParents, isOnePartEach } from "./compared-parts";
import { DifferenceSums, type Figures } from "./difference";
import type { LocalWork } from "./work";

export interface BlockComparison {
  readonly small: Checkpoint;
  readonly fused: Checkpoint;
  readonly part: ComparedPart;
}

/** Figures are of the small one's values (a) and the block's (b). */
export async function compareBlocks(
  comparison: BlockComparison,
  { signal, onProgress }: LocalWork,
): Promise<{ tensors: TensorDifference[]; unmatched: UnmatchedTensor[] }> {
  const { small, fused, part } = comparison;
  const tensors: TensorDifference[] = [];
  const unmatched: UnmatchedTensor[] = [];
  const plan = planOf(comparison);
  let done = 0;
  for (const tensor of plan.values()) {
    signal.throwIfAborted();
    onProgress("comparing weights", done++, plan.size);
    const { name } = tensor;
    const blocks = tensor.blocks.filter(({ parent }) => parent === part.first);
    const source = blocks[0]?.source;
    const shape = source === undefined ? undefined : small.weights.shapes.get(source);
    if (source === undefined || shape === undefined) {
      unmatched.push({ name, reason: { kind: "missing", in: "one" } });
      continue;
    }
    const a = await small.weights.read(source);
    const b = await fused.weights.read(name);
    const figures = blockFigures(tensor, blocks, { a, b, scale: scaleOf(comparison, blocks) });
    tensors.push({ name, shape, ...figures });
  }
  return { tensors, unmatched };
}

/** As if the fusion's parents were its parts, but for those that the small one stands for. */
function planOf({ small, fused, part }: BlockComparison): ReadonlyMap<string, TensorPlan> {
  const parts = fused.lineage?.parts ?? [];
  const other = (sizes: PartSizes): T5Configuration => ({
    ...fused.configuration,
    ...sizes,
    fusion_parts: [sizes.d_model],
  });
  const parents = [
    ...parts.slice(0, part.first).map(other),
    small.configuration,
    ...parts.slice(part.first + part.count).map(other),
  ];
  return planTensors(parents, fused.configuration);
}

/** Undefined: not known, as what was fused had itself been fused; then the best factor counts. */
function scaleOf({ fused }: BlockComparison, blocks: readonly BlockPlan[]): number | undefined {
  const isScaled = blocks.some(({ scale }) => scale !== 1);
  if (!isScaled) return 1;
  const isKnown = isOnePartEach(fusedParents(fused.lineage), fused);
  return isKnown ? blocks[0]!.scale : undefined;
}

interface Values {
  readonly a: Float32Array;
  readonly b: Float32Array;
  readonly scale: number | undefined;
}

function blockFigures(
  tensor: TensorPlan,
  blocks: readonly BlockPlan[],
  { a, b, scale }: Values,
): Figures {
  const sums = (factor: number): DifferenceSums => {
    const total = new DifferenceSums();
    for (const block of blocks) addBlock(total, block, { a, b, factor, width: tensor.columns });
    return total;
  };
  return sums(scale ?? sums(1).factor).figures;
}

interface BlockValues {
  readonly a: Float32Array;
  readonly b: Float32Array;
  readonly factor: number;
  /** Columns of the fused tensor. */
  readonly width: number;
}

function addBlock(
  sums: DifferenceSums,
  { rows, columns }: BlockPlan,
  { a, b, factor, width }: BlockValues,
): void {
  const own = columns.parentStart + columns.groups * columns.parentSize;
  const across = [...places(columns)];
  for (const [row, childRow] of places(rows)) {
    for (const [column, childColumn] of across) {
      sums.add(factor * a[row * own + column]!, b[childRow * width + childColumn]!);
    }
  }
}

/** Indices of the parent with those of the child; padding and what was left out are passed over. */
function* places(span: Span): Generator<readonly [parent: number, child: number]> {
  const { groups, parentStart, parentSize, childStart, childSize } = span;
  for (let group = 0; group < groups; group++) {
    for (let index = 0; index < Math.min(parentSize, childSize); index++) {
      yield [parentStart + group * parentSize + index, childStart + group * childSize + index];
    }
  }
}
