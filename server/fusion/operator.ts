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

export type Values = Float32Array | Float64Array | Uint16Array;

/** Rows of the child's tensor, the last one excluded. */
export interface RowRange {
  readonly from: number;
  readonly to: number;
}

/** `count` rows of the parent's tensor for a block, which has one; a vector is one row. */
export type ReadRows = (block: BlockPlan, first: number, count: number) => Values;

/** A stretch of consecutive indices; `parent` is undefined where the child has padding. */
interface Run {
  readonly child: number;
  readonly parent: number | undefined;
  readonly length: number;
}

export interface Placement {
  readonly rows: RowRange;
  readonly read: ReadRows;
  /** Of what new values start from (padding of heads, missing layers). */
  readonly seed: number;
}

/**
 * Writes the parents' values into `target` [rows, columns], which is all zero. What a value becomes does not depend
 * on how the rows are cut.
 * @throws {TypeError} a parent's tensor has another size than the plan says
 */
export function placeRows(tensor: TensorPlan, target: Values, placement: Placement): void {
  for (const block of tensor.blocks) {
    const key = streamKey(placement.seed, `${tensor.name}/start/${block.parent}`);
    placeBlock(block, { ...placement, tensor, target, key });
  }
}

interface Target extends Placement {
  readonly tensor: TensorPlan;
  readonly target: Values;
  readonly key: Key;
}

function placeBlock(block: BlockPlan, child: Target): void {
  const { tensor, rows, read } = child;
  const columns = runsOf(block.columns);
  for (const rowRun of clipped(runsOf(block.rows), rows)) {
    const isNew = block.source === undefined || rowRun.parent === undefined;
    const source = isNew ? undefined : read(block, rowRun.parent, rowRun.length);
    const stride = source === undefined ? 0 : parentColumns(block, tensor, source);
    if (source !== undefined && source.length < rowRun.length * stride) {
      throw new TypeError(
        `Cannot fuse ${tensor.name}: parent ${block.parent} gives ${source.length} values for ` +
          `${rowRun.length} rows of ${stride}`,
      );
    }
    for (const run of columns) {
      if (source !== undefined && run.parent !== undefined) {
        const from = { values: source, first: run.parent, stride };
        copyRun(from, child, { rows: rowRun, columns: run, scale: block.scale });
      } else startRun(block, child, { rows: rowRun, columns: run });
    }
  }
}

/** Where some rows of a block meet some of its columns. */
interface Crossing {
  readonly rows: Run;
  readonly columns: Run;
}

/** Few things at a time, so that it is compiled once and for all blocks. */
function copyRun(
  {
    values,
    first,
    stride,
  }: { readonly values: Values; readonly first: number; readonly stride: number },
  { tensor, target, rows: { from } }: Target,
  { rows, columns, scale }: Crossing & { readonly scale: number },
): void {
  for (let i = 0; i < rows.length; i++) {
    const start = i * stride + first;
    const at = (rows.child + i - from) * tensor.columns + columns.child;
    copyScaled(values.subarray(start, start + columns.length), target, at, scale);
  }
}

function startRun(block: BlockPlan, child: Target, { rows, columns }: Crossing): void {
  const { tensor, target, key } = child;
  const isPadding = block.source !== undefined || rows.parent === undefined;
  const initial =
    isPadding || columns.parent === undefined ? { mean: 0, std: block.paddingStd } : block.initial;
  for (let i = 0; i < rows.length; i++) {
    const start = (rows.child + i) * tensor.columns + columns.child;
    const at = start - child.rows.from * tensor.columns;
    startFrom(initial, target.subarray(at, at + columns.length), { key, start });
  }
}

function parentColumns(block: BlockPlan, tensor: TensorPlan, source: Values): number {
  return tensor.shape.length === 1
    ? source.length
    : block.columns.groups * block.columns.parentSize;
}

/** What of the runs lies in the rows. */
function clipped(runs: readonly Run[], { from, to }: RowRange): Run[] {
  return runs.flatMap(({ child, parent, length }) => {
    const first = Math.max(child, from);
    const last = Math.min(child + length, to);
    if (first >= last) return [];
    const skipped = first - child;
    return [
      {
        child: first,
        parent: parent === undefined ? undefined : parent + skipped,
        length: last - first,
      },
    ];
  });
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

function copyScaled(values: Values, target: Values, at: number, scale: number): void {
  if (scale === 1) target.set(values, at);
  else for (let i = 0; i < values.length; i++) target[at + i] = scale * values[i]!;
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

/** What the standard deviation of many values is made of. */
export interface Moments {
  count: number;
  sum: number;
  squares: number;
}

/** Four sums side by side: each addition waits for the one before it. */
export function addMoments(moments: Moments, values: ArrayLike<number>): void {
  const sums = [0, 0, 0, 0] as [number, number, number, number];
  let [a, b, c, d] = sums;
  let [aa, bb, cc, dd] = sums;
  const whole = values.length - (values.length % 4);
  for (let i = 0; i < whole; i += 4) {
    const [w, x, y, z] = [values[i]!, values[i + 1]!, values[i + 2]!, values[i + 3]!];
    a += w;
    b += x;
    c += y;
    d += z;
    aa += w * w;
    bb += x * x;
    cc += y * y;
    dd += z * z;
  }
  for (let i = whole; i < values.length; i++) {
    a += values[i]!;
    aa += values[i]! ** 2;
  }
  moments.count += values.length;
  moments.sum += a + b + (c + d);
  moments.squares += aa + bb + (cc + dd);
}

/** 0 where there are no values. */
export function stdOf({ count, sum, squares }: Moments): number {
  if (count === 0) return 0;
  const mean = sum / count;
  return Math.sqrt(Math.max(squares / count - mean * mean, 0));
}

export interface FillOptions {
  /** Standard deviation; 0: nothing is drawn. */
  readonly std: number;
  readonly seed: number;
  readonly rows: RowRange;
}

/**
 * Draws every value outside the diagonal blocks from N(0, std²); each depends on the seed, the tensor's name and
 * its own position alone. Shapes: target [rows, columns].
 */
export function fillOffDiagonal(
  tensor: TensorPlan,
  target: Float32Array,
  { std, seed, rows: { from, to } }: FillOptions,
): void {
  if (!tensor.blockDiagonal || std === 0) return;
  const key = streamKey(seed, `${tensor.name}/fill`);
  forEachOffDiagonal(tensor, { from, to }, (start, end) => {
    const offset = from * tensor.columns;
    fillNormal(target.subarray(start - offset, end - offset), key, std, start);
  });
}

/** Zeros outside the diagonal blocks. Shapes: target [rows, columns]. */
export function clearOffDiagonal(tensor: TensorPlan, target: Values, rows: RowRange): void {
  if (!tensor.blockDiagonal) return;
  const offset = rows.from * tensor.columns;
  forEachOffDiagonal(tensor, rows, (start, end) => {
    target.fill(0, start - offset, end - offset);
  });
}

/** Stretches of a row, as positions in the whole tensor. */
function forEachOffDiagonal(
  { blocks, columns: width }: TensorPlan,
  { from, to }: RowRange,
  visit: (start: number, end: number) => void,
): void {
  for (const { rows, columns } of blocks) {
    const last = Math.min(rows.childStart + rows.groups * rows.childSize, to);
    const [before, after] = [
      columns.childStart,
      columns.childStart + columns.groups * columns.childSize,
    ];
    for (let row = Math.max(rows.childStart, from); row < last; row++) {
      const start = row * width;
      if (before > 0) visit(start, start + before);
      if (after < width) visit(start + after, start + width);
    }
  }
}
