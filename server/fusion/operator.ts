/**
 * The fusion operator on one tensor: the parents' values on the diagonal, zeros (or the fill) elsewhere, so that
 * the fused layer computes the concatenation of the parents' outputs (the fusion property).
 *
 * Source: Mazzawi et al., "Deep Fusion", ICML 2024, Eq. 3-5; the fill is section 5.1. An absolute deviation would
 * be 100 % of one kernel and nothing of another, so the fill is relative to the kernel's own in the parents.
 */
import { fillNormal } from "../random/draw";
import { type Key, streamKey } from "../random/threefry";
import type { BlockPlan, Span, TensorPlan } from "./layout";

export type Values = Float32Array | Float64Array;

/** A stretch of consecutive indices; `parent` is undefined where the child has padding. */
interface Run {
  readonly child: number;
  readonly parent: number | undefined;
  readonly length: number;
}

/**
 * Writes the parents' values into `target`, which is all zero.
 * @param sources the parent's tensor for each block; undefined where the parent does not have the layer
 * @param seed of what new values start from (padding of heads, missing layers)
 * @throws {TypeError} a source has another size than the plan says
 */
export function placeBlocks(
  tensor: TensorPlan,
  sources: readonly (Values | undefined)[],
  target: Values,
  seed: number,
): void {
  tensor.blocks.forEach((block, i) => {
    const key = streamKey(seed, `${tensor.name}/start/${block.parent}`);
    placeBlock(block, sources[i], { tensor, target, key });
  });
}

interface Target {
  readonly tensor: TensorPlan;
  readonly target: Values;
  readonly key: Key;
}

function placeBlock(block: BlockPlan, source: Values | undefined, child: Target): void {
  const { tensor, target, key } = child;
  const columns = runsOf(block.columns);
  const stride = source === undefined ? 0 : parentColumns(block, source, tensor);
  for (const rowRun of runsOf(block.rows)) {
    for (let i = 0; i < rowRun.length; i++) {
      const rowStart = (rowRun.child + i) * tensor.columns;
      for (const run of columns) {
        const start = rowStart + run.child;
        const slice = target.subarray(start, start + run.length);
        if (rowRun.parent === undefined || run.parent === undefined) {
          startFrom({ mean: 0, std: block.paddingStd }, slice, { key, start });
        } else if (source === undefined) {
          startFrom(block.initial, slice, { key, start });
        } else {
          copyScaled(source, (rowRun.parent + i) * stride + run.parent, slice, block.scale);
        }
      }
    }
  }
}

function parentColumns(block: BlockPlan, source: Values, tensor: TensorPlan): number {
  if (tensor.shape.length === 1) return source.length;
  const rows = block.rows.groups * block.rows.parentSize;
  const columns = block.columns.groups * block.columns.parentSize;
  if (source.length !== rows * columns) {
    throw new TypeError(
      `Cannot fuse ${tensor.name}: parent ${block.parent} has ${source.length} values, not ${rows} x ${columns}`,
    );
  }
  return columns;
}

function runsOf({ groups, parentStart, parentSize, childStart, childSize }: Span): Run[] {
  const runs: Run[] = [];
  const copied = Math.min(parentSize, childSize);
  for (let group = 0; group < groups; group++) {
    const child = childStart + group * childSize;
    runs.push({ child, parent: parentStart + group * parentSize, length: copied });
    if (childSize > copied) {
      runs.push({ child: child + copied, parent: undefined, length: childSize - copied });
    }
  }
  return runs;
}

function copyScaled(source: Values, start: number, slice: Values, scale: number): void {
  for (let i = 0; i < slice.length; i++) slice[i] = scale * source[start + i]!;
}

function startFrom(
  { mean, std }: { readonly mean: number; readonly std: number },
  slice: Values,
  stream: { readonly key: Key; readonly start: number },
): void {
  if (std === 0) {
    slice.fill(mean);
    return;
  }
  const draws = new Float32Array(slice.length);
  fillNormal(draws, stream.key, std, stream.start);
  for (let i = 0; i < slice.length; i++) slice[i] = mean + draws[i]!;
}

/**
 * Standard deviation of a kernel in the parents, over the values of all parents that have it together.
 * 0 where there are none.
 */
export function pooledStd(sources: readonly (Values | undefined)[]): number {
  let count = 0;
  let sum = 0;
  let squares = 0;
  for (const source of sources) {
    if (source === undefined) continue;
    count += source.length;
    for (const value of source) {
      sum += value;
      squares += value * value;
    }
  }
  if (count === 0) return 0;
  const mean = sum / count;
  return Math.sqrt(Math.max(squares / count - mean * mean, 0));
}

/**
 * Draws every value outside the diagonal blocks from N(0, std²); each depends on the seed, the tensor's name and
 * its own position alone.
 */
export function fillOffDiagonal(
  tensor: TensorPlan,
  target: Float32Array,
  options: { readonly std: number; readonly seed: number },
): void {
  if (!tensor.blockDiagonal || options.std === 0) return;
  const key = streamKey(options.seed, `${tensor.name}/fill`);
  const draw = (start: number, end: number) => {
    fillNormal(target.subarray(start, end), key, options.std, start);
  };
  for (const { rows, columns } of tensor.blocks) {
    const last = rows.childStart + rows.groups * rows.childSize;
    for (let row = rows.childStart; row < last; row++) {
      const start = row * tensor.columns;
      draw(start, start + columns.childStart);
      draw(start + columns.childStart + columns.groups * columns.childSize, start + tensor.columns);
    }
  }
}
