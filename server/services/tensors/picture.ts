/** A tensor [rows, columns] as block means of at most `tensorPictureCells` cells along an axis, gathered piece by piece. */
import { cellEdges } from "../../protocol/heatmap-cells";
import type { WirePicture } from "../../protocol/tensor-requests";
import { tensorPictureCells } from "../../protocol/tensors";
import type { Piece } from "./pieces";

export interface Borders {
  readonly rows: readonly number[];
  readonly columns: readonly number[];
}

export class PictureSums {
  readonly #shape: readonly [number, number];
  readonly #borders: Borders;
  readonly #rowEdges: readonly number[];
  readonly #columnEdges: readonly number[];
  readonly #cellOfRow: Uint16Array;
  readonly #cellOfColumn: Uint16Array;
  readonly #sums: Float64Array;

  constructor(shape: readonly [number, number], borders: Borders) {
    const [rows, columns] = shape;
    this.#shape = shape;
    this.#borders = borders;
    this.#rowEdges = cellEdges(rows, borders.rows, tensorPictureCells);
    this.#columnEdges = cellEdges(columns, borders.columns, tensorPictureCells);
    this.#cellOfRow = cellsAlong(this.#rowEdges);
    this.#cellOfColumn = cellsAlong(this.#columnEdges);
    this.#sums = new Float64Array((this.#rowEdges.length - 1) * (this.#columnEdges.length - 1));
  }

  add({ first, values }: Piece): void {
    const columns = this.#shape[1];
    const [sums, cellOfRow, cellOfColumn] = [this.#sums, this.#cellOfRow, this.#cellOfColumn];
    const across = this.#columnEdges.length - 1;
    let row = Math.floor(first / columns);
    let column = first % columns;
    for (let i = 0; i < values.length; i++) {
      sums[cellOfRow[row]! * across + cellOfColumn[column]!]! += values[i]!;
      column++;
      if (column === columns) {
        column = 0;
        row++;
      }
    }
  }

  get picture(): WirePicture {
    const across = this.#columnEdges.length - 1;
    const means = Float32Array.from(this.#sums, (sum, cell) => {
      const row = Math.floor(cell / across);
      const column = cell % across;
      return sum / (lengthAt(this.#rowEdges, row) * lengthAt(this.#columnEdges, column));
    });
    return {
      rows: this.#rowEdges.length - 1,
      columns: across,
      shape: this.#shape,
      rowBorders: this.#borders.rows,
      columnBorders: this.#borders.columns,
      base64: Buffer.from(means.buffer).toString("base64"),
    };
  }
}

/** Each index's cell. */
function cellsAlong(edges: readonly number[]): Uint16Array {
  const cells = new Uint16Array(edges.at(-1)!);
  for (let cell = 0; cell + 1 < edges.length; cell++)
    cells.fill(cell, edges[cell], edges[cell + 1]);
  return cells;
}

function lengthAt(edges: readonly number[], cell: number): number {
  return edges[cell + 1]! - edges[cell]!;
}
