/** A kernel made small enough to look at: means over rectangles that do not cross the borders of its parts. */
import type { HeatMap } from "../protocol/metrics";
import { cellEdges, heatMapCells } from "../protocol/heatmap-cells";
import type { Kernel } from "./blocks";

/** @throws {TypeError} the kernel is not a matrix */
export function heatMapOf(kernel: Kernel): Omit<HeatMap, "step" | "kernel"> {
  const [rows, columns] = kernel.shape;
  if (rows === undefined || columns === undefined || kernel.shape.length !== 2) {
    throw new TypeError(`Cannot draw a kernel of shape [${kernel.shape.join(", ")}]: not a matrix`);
  }
  const rowEdges = cellEdges(rows, kernel.borders.rows, heatMapCells);
  const columnEdges = cellEdges(columns, kernel.borders.columns, heatMapCells);
  return {
    rows: rowEdges.length - 1,
    columns: columnEdges.length - 1,
    shape: [rows, columns],
    rowBorders: kernel.borders.rows,
    columnBorders: kernel.borders.columns,
    values: cellMeans(kernel.values, rowEdges, columnEdges),
  };
}

/** Walks the values as they lie in memory: cell by cell takes four times as long. */
function cellMeans(
  values: Kernel["values"],
  rowEdges: readonly number[],
  columnEdges: readonly number[],
): Float32Array {
  const columns = columnEdges.length - 1;
  const means = new Float32Array((rowEdges.length - 1) * columns);
  for (let top = 0; top + 1 < rowEdges.length; top++) {
    const rows = [rowEdges[top]!, rowEdges[top + 1]!] as const;
    const sums = sumsOf(values, rows, columnEdges);
    for (let left = 0; left < columns; left++) {
      const width = columnEdges[left + 1]! - columnEdges[left]!;
      means[top * columns + left] = sums[left]! / ((rows[1] - rows[0]) * width);
    }
  }
  return means;
}

/** Of each stretch of columns, over the rows from `start` to `end`, the latter not included. */
function sumsOf(
  values: Kernel["values"],
  [start, end]: readonly [number, number],
  columnEdges: readonly number[],
): Float64Array {
  const columns = columnEdges.length - 1;
  const stride = columnEdges[columns]!;
  const sums = new Float64Array(columns);
  for (let row = start; row < end; row++) {
    for (let left = 0; left < columns; left++) {
      const right = row * stride + columnEdges[left + 1]!;
      let sum = 0;
      for (let i = row * stride + columnEdges[left]!; i < right; i++) sum += values[i]!;
      sums[left]! += sum;
    }
  }
  return sums;
}
