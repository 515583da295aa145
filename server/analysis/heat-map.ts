/** A kernel made small enough to look at: means over rectangles that do not cross the borders of its parts. */
import type { HeatMap } from "../protocol/metrics";
import { cellEdges, heatMapCells } from "../protocol/heatmap-cells";
import type { Block, Kernel } from "./blocks";

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

function cellMeans(
  values: Kernel["values"],
  rowEdges: readonly number[],
  columnEdges: readonly number[],
): Float32Array {
  const columns = columnEdges.length - 1;
  const stride = columnEdges[columns]!;
  const means = new Float32Array((rowEdges.length - 1) * columns);
  for (let cell = 0; cell < means.length; cell++) {
    const [top, left] = [Math.floor(cell / columns), cell % columns];
    const rows = [rowEdges[top]!, rowEdges[top + 1]!] as const;
    const across = [columnEdges[left]!, columnEdges[left + 1]!] as const;
    means[cell] = meanOf(values, { stride, rows, columns: across });
  }
  return means;
}

/** Of a rectangle; the ends are exclusive. */
function meanOf(
  values: Kernel["values"],
  { stride, rows, columns }: Block & { readonly stride: number },
): number {
  const [[top, bottom], [left, right]] = [rows, columns];
  let sum = 0;
  for (let row = top; row < bottom; row++) {
    for (let i = row * stride + left; i < row * stride + right; i++) sum += values[i]!;
  }
  return sum / ((bottom - top) * (right - left));
}
