/** Statistics of a kernel, and of its diagonal and off-diagonal blocks where it is made of parts. */
import type { KernelBorders } from "./kernel-borders";

export interface Kernel {
  /** Row-major. */
  readonly values: Float32Array | Float64Array;
  /** [out, in], or [length] of a vector. */
  readonly shape: readonly number[];
  readonly borders: KernelBorders;
}

export interface KernelStatistics {
  readonly mean: number;
  readonly std: number;
  readonly maxAbs: number;
  /** Frobenius norms; absent unless both axes are made of parts. */
  readonly diagonalNorm?: number;
  readonly offDiagonalNorm?: number;
}

/** A rectangle of a kernel; the ends are exclusive. */
export interface Block {
  readonly rows: readonly [start: number, end: number];
  readonly columns: readonly [start: number, end: number];
}

export function kernelStatistics(kernel: Kernel): KernelStatistics {
  const { values } = kernel;
  let sum = 0;
  let squares = 0;
  let maxAbs = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    sum += value;
    squares += value * value;
    // With a branch for either sign the loop takes four times as long.
    const size = Math.abs(value);
    if (size > maxAbs) maxAbs = size;
  }
  const mean = sum / values.length;
  const std = Math.sqrt(Math.max(squares / values.length - mean * mean, 0));
  const { borders } = kernel;
  if (borders.rows.length < 2 || borders.columns.length < 2) return { mean, std, maxAbs };

  const diagonal = diagonalBlocks(kernel);
  const normOf = (blocks: readonly Block[]) =>
    Math.sqrt(blocks.reduce((total, block) => total + squaresIn(kernel, block), 0));
  // Summed by itself: as a difference it would be rounding where it is zero.
  const offDiagonal = diagonal.flatMap(({ rows }, i) =>
    diagonal.filter((_, j) => j !== i).map(({ columns }) => ({ rows, columns })),
  );
  return {
    mean,
    std,
    maxAbs,
    diagonalNorm: normOf(diagonal),
    offDiagonalNorm: normOf(offDiagonal),
  };
}

/** One block for each part; along an axis that all parts share it spans the whole axis. [] where there is one part. */
export function diagonalBlocks({ shape, borders }: Kernel): readonly Block[] {
  const rowCount = shape.length === 1 ? 1 : shape[0]!;
  const parts = Math.max(borders.rows.length, borders.columns.length);
  return Array.from({ length: parts }, (_, part) => ({
    rows: range(borders.rows, part, rowCount),
    columns: range(borders.columns, part, shape.at(-1)!),
  }));
}

function range(starts: readonly number[], part: number, size: number): readonly [number, number] {
  return starts.length === 0 ? [0, size] : [starts[part]!, starts[part + 1] ?? size];
}

function squaresIn({ values, shape }: Kernel, { rows, columns }: Block): number {
  const stride = shape.at(-1)!;
  let sum = 0;
  for (let row = rows[0]; row < rows[1]; row++) {
    for (let column = columns[0]; column < columns[1]; column++) {
      sum += values[row * stride + column]! ** 2;
    }
  }
  return sum;
}
