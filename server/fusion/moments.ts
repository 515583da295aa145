/**
 * Optimizer moments of a fused kernel from those of its parents' kernels.
 *
 * At the moment of fusion the child's logits are the mean of the n parents', so the loss gradient of a value that
 * is stored as c times the parent's is 1/(n c) of the parent's own: exactly for self-fusion, and otherwise as far
 * as the loss has the same slope at the mean of the logits. Second moments take the factor's square.
 *
 * The gradient of block (i, j) is the product of what flows back into part i's outputs and of part j's inputs. For
 * copies of one model all blocks' gradients are therefore equal, and so are their moments. For different models the
 * second moment is the one of that rank: (row means of i) (column means of j) / sqrt(mean of i x mean of j), which
 * is Adafactor's own estimate and gives each diagonal block back its means; first moments, whose sign is not
 * known, are zero.
 */
import type { BlockPlan, Span, TensorPlan } from "./layout";

export type MomentOrder = "first" | "second";

/** Row-major, of one block in the child's sizes. */
interface Grid {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float32Array;
}

export interface MomentOptions {
  readonly order: MomentOrder;
  /** For each parent the first one that is the same model. */
  readonly twins: readonly number[];
}

/**
 * The child's moment from the parents', one for each block of the plan (a missing layer's is its parent's last).
 * Shapes: moments[i] is that of the parent's whole tensor -> the tensor's own shape.
 */
export function fuseMoments(
  tensor: TensorPlan,
  moments: readonly Float32Array[],
  { order, twins }: MomentOptions,
): Float32Array {
  const fused = new Float32Array(tensor.rows * tensor.columns);
  const grids = tensor.blocks.map((block, i) =>
    extendBlock(block, moments[i]!, { order, parents: twins.length, tensor }),
  );
  tensor.blocks.forEach((rowBlock, i) => {
    tensor.blocks.forEach((columnBlock, j) => {
      if (i !== j && !tensor.blockDiagonal) return;
      const same = i === j || twins[rowBlock.parent] === twins[columnBlock.parent];
      const grid = same ? grids[i]! : offDiagonal(grids[i]!, grids[j]!, order);
      if (grid === undefined) return;
      const start = rowBlock.rows.childStart * tensor.columns + columnBlock.columns.childStart;
      place(grid, fused, { start, stride: tensor.columns });
    });
  });
  return fused;
}

/** Shapes: [rows, columns] -> [rows], the mean over the columns. */
export function rowMeans(values: Float32Array, columns: number): Float32Array {
  return Float32Array.from({ length: values.length / columns }, (_, row) => {
    let sum = 0;
    for (let i = row * columns; i < (row + 1) * columns; i++) sum += values[i]!;
    return sum / columns;
  });
}

/** Shapes: [rows, columns] -> [columns], the mean over the rows. */
export function columnMeans(values: Float32Array, columns: number): Float32Array {
  const sums = new Float64Array(columns);
  values.forEach((value, i) => (sums[i % columns]! += value));
  return Float32Array.from(sums, (sum) => sum / (values.length / columns));
}

/** What a factored second moment stands for: row_i column_j / mean(row). */
export function unfactored(row: Float32Array, column: Float32Array): Float32Array {
  const mean = row.reduce((sum, value) => sum + value, 0) / row.length;
  const values = new Float32Array(row.length * column.length);
  if (mean === 0) return values;
  row.forEach((r, i) => {
    column.forEach((c, j) => (values[i * column.length + j] = (r / mean) * c));
  });
  return values;
}

interface ExtendContext {
  readonly order: MomentOrder;
  readonly parents: number;
  readonly tensor: TensorPlan;
}

/** The block's moment in the child's sizes and coordinates; padding has its head's mean. New values have no first moment. */
function extendBlock(block: BlockPlan, moment: Float32Array, context: ExtendContext): Grid {
  const factor = momentFactor(block, context);
  const rowSources = sourcesOf(block.rows, context.order);
  const columnSources = sourcesOf(block.columns, context.order);
  const stride =
    context.tensor.shape.length === 1
      ? moment.length
      : block.columns.groups * block.columns.parentSize;
  const values = new Float32Array(rowSources.length * columnSources.length);
  let at = 0;
  for (const rows of rowSources) {
    for (const columns of columnSources) {
      values[at++] = factor * meanOver(moment, { rows, columns, stride });
    }
  }
  return { rows: rowSources.length, columns: columnSources.length, values };
}

function momentFactor(
  { scale, source }: BlockPlan,
  { order, parents }: Pick<ExtendContext, "order" | "parents">,
): number {
  const gradientFactor = 1 / (parents * scale);
  if (order === "second") return gradientFactor ** 2;
  return source === undefined ? 0 : gradientFactor;
}

/** For each of the child's indices, the parent's that it takes its moment from: one, a whole head, or none. */
function sourcesOf(span: Span, order: MomentOrder): (readonly number[])[] {
  const { groups, parentStart, parentSize, childSize } = span;
  const sources: (readonly number[])[] = [];
  for (let group = 0; group < groups; group++) {
    const start = parentStart + group * parentSize;
    const all = order === "first" ? [] : range(start, parentSize);
    for (let i = 0; i < childSize; i++) sources.push(i < parentSize ? [start + i] : all);
  }
  return sources;
}

function range(start: number, length: number): number[] {
  return Array.from({ length }, (_, i) => start + i);
}

interface Selection {
  readonly rows: readonly number[];
  readonly columns: readonly number[];
  readonly stride: number;
}

function meanOver(values: Float32Array, { rows, columns, stride }: Selection): number {
  let sum = 0;
  for (const row of rows) for (const column of columns) sum += values[row * stride + column]!;
  const count = rows.length * columns.length;
  return count === 0 ? 0 : sum / count;
}

/** Block (i, j) of different models. */
function offDiagonal(one: Grid, other: Grid, order: MomentOrder): Grid | undefined {
  if (order === "first") return undefined;
  const rows = rowMeans(one.values, one.columns);
  const columns = columnMeans(other.values, other.columns);
  const scale = Math.sqrt(mean(rows) * mean(columns));
  if (scale === 0) return undefined;
  const values = new Float32Array(rows.length * columns.length);
  rows.forEach((r, i) => {
    columns.forEach((c, j) => (values[i * columns.length + j] = (r / scale) * c));
  });
  return { rows: rows.length, columns: columns.length, values };
}

function mean(values: Float32Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

function place(
  { rows, columns, values }: Grid,
  target: Float32Array,
  { start, stride }: { readonly start: number; readonly stride: number },
): void {
  for (let row = 0; row < rows; row++) {
    target.set(values.subarray(row * columns, (row + 1) * columns), start + row * stride);
  }
}
