/** One heat map as the browser holds it, and the arithmetic between its cells and the kernel's indices. */
import { cellEdges, heatMapCells } from "../../server/protocol/heatmap-cells";
import type { HeatMap } from "../../server/protocol/metrics";

export type Frame = HeatMap;

export interface Cell {
  readonly row: number;
  readonly column: number;
  readonly value: number;
  /** Indices of the kernel that the cell stands for; the ends are included. */
  readonly kernelRows: readonly [number, number];
  readonly kernelColumns: readonly [number, number];
}

/** The cell at a fraction (0..1) of the picture's width and height. */
export function cellAt(frame: Frame, right: number, down: number): Cell {
  const row = clamp(Math.floor(down * frame.rows), frame.rows);
  const column = clamp(Math.floor(right * frame.columns), frame.columns);
  return {
    row,
    column,
    value: frame.values[row * frame.columns + column]!,
    kernelRows: covered(rowEdges(frame), row),
    kernelColumns: covered(columnEdges(frame), column),
  };
}

/** Borders between parts as fractions of the picture's height and width, without its own edges. */
export function borderFractions(frame: Frame): {
  readonly rows: readonly number[];
  readonly columns: readonly number[];
} {
  return {
    rows: fractions(rowEdges(frame), frame.rowBorders),
    columns: fractions(columnEdges(frame), frame.columnBorders),
  };
}

/** Width over height: as the kernel is, but never so flat that a row cannot be pointed at. */
export function aspectOf({ shape: [rows, columns] }: Frame): number {
  return Math.max(0.75, Math.min(2, columns / rows));
}

/** Indices that the cells of a row and of a column stand for, ends included: [rows], [columns]. */
export function coveredIndices(frame: Frame): {
  readonly rows: readonly (readonly [number, number])[];
  readonly columns: readonly (readonly [number, number])[];
} {
  const all = (edges: readonly number[], count: number): (readonly [number, number])[] =>
    Array.from({ length: count }, (_, cell) => covered(edges, cell));
  return {
    rows: all(rowEdges(frame), frame.rows),
    columns: all(columnEdges(frame), frame.columns),
  };
}

/** Largest magnitude. */
export function magnitudeOf({ values }: Frame): number {
  let largest = 0;
  for (const value of values) if (Math.abs(value) > largest) largest = Math.abs(value);
  return largest;
}

function rowEdges({ rows, shape, rowBorders }: Frame): readonly number[] {
  return edgesOf(shape[0], rowBorders, rows);
}

function columnEdges({ columns, shape, columnBorders }: Frame): readonly number[] {
  return edgesOf(shape[1], columnBorders, columns);
}

/** As the writer cut the axis; a file that was cut otherwise is taken as cut evenly. */
function edgesOf(size: number, borders: readonly number[], cells: number): readonly number[] {
  const edges = cellEdges(size, borders, heatMapCells);
  if (edges.length === cells + 1) return edges;
  return Array.from({ length: cells + 1 }, (_, i) => Math.floor((i * size) / cells));
}

function fractions(edges: readonly number[], borders: readonly number[]): number[] {
  const cells = edges.length - 1;
  return borders.flatMap((border) => {
    const cell = edges.findIndex((edge) => edge >= border);
    return cell <= 0 || cell >= cells ? [] : [cell / cells];
  });
}

function covered(edges: readonly number[], cell: number): readonly [number, number] {
  return [edges[cell]!, Math.max(edges[cell]!, edges[cell + 1]! - 1)];
}

function clamp(index: number, count: number): number {
  return Math.max(0, Math.min(count - 1, index));
}
