/** One heat map as the browser holds it, and the arithmetic between its cells and the kernel's indices. */

export interface Frame {
  readonly step: number;
  readonly kernel: string;
  readonly rows: number;
  readonly columns: number;
  /** Of the kernel itself: [out, in]. */
  readonly shape: readonly [number, number];
  /** First rows and columns of the parts after the first, in the kernel's own indices. */
  readonly rowBorders: readonly number[];
  readonly columnBorders: readonly number[];
  /** Block means, row-major, [rows, columns]. */
  readonly values: Float32Array;
}

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
    kernelRows: covered(row, frame.rows, frame.shape[0]),
    kernelColumns: covered(column, frame.columns, frame.shape[1]),
  };
}

/** Borders between parts as fractions of the picture; a border at index 0 is its own edge and is left out. */
export function borderFractions(borders: readonly number[], size: number): number[] {
  return borders.filter((border) => border > 0 && border < size).map((border) => border / size);
}

/** Largest magnitude over all frames: one scale for all, or they could not be compared. */
export function commonLimit(frames: readonly Frame[]): number {
  let limit = 0;
  for (const { values } of frames)
    for (const value of values) if (Math.abs(value) > limit) limit = Math.abs(value);
  return limit;
}

function covered(cell: number, cells: number, size: number): readonly [number, number] {
  const first = Math.floor((cell * size) / cells);
  return [first, Math.max(first, Math.ceil(((cell + 1) * size) / cells) - 1)];
}

function clamp(index: number, count: number): number {
  return Math.max(0, Math.min(count - 1, index));
}
