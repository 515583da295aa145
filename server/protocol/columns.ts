/** Named columns of numbers, of equal length: in memory plain, on the disk and on the wire as column-codec.ts has them. */
import { decodeColumn, encodeColumn } from "./column-codec";

export type Columns<Name extends string> = Readonly<Record<Name, Float64Array>>;

/** Columns one after another, in the order of their names. They pass from the disk to the wire as they are. */
export interface EncodedColumns {
  /** Of each column. */
  readonly length: number;
  /** A multiple of 8. */
  readonly bytes: Uint8Array;
}

export function mapColumns<Name extends string>(
  names: readonly Name[],
  make: (name: Name) => Float64Array,
): Columns<Name> {
  return Object.fromEntries(names.map((name) => [name, make(name)])) as Columns<Name>;
}

export function encodeColumns<Name extends string>(
  names: readonly Name[],
  columns: Columns<Name>,
): EncodedColumns {
  const encoded = names.map((name) => encodeColumn(columns[name]));
  const bytes = new Uint8Array(encoded.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const column of encoded) {
    bytes.set(column, at);
    at += column.length;
  }
  return { length: columns[names[0]!].length, bytes };
}

export interface Decoded<Name extends string> {
  readonly columns: Columns<Name>;
  /** Byte after the last of them. */
  readonly end: number;
}

/**
 * Parts that follow each other in `data`, from a byte on (a multiple of 8), as one.
 * @param lengths of the parts
 * @throws {SyntaxError} there are none of these lengths
 */
export function decodeColumns<Name extends string>(
  names: readonly Name[],
  data: ArrayBuffer,
  { start, lengths }: { readonly start: number; readonly lengths: readonly number[] },
): Decoded<Name> {
  const length = lengths.reduce((sum, each) => sum + each, 0);
  const columns = mapColumns(names, () => new Float64Array(length));
  let end = start;
  let from = 0;
  for (const each of lengths) {
    for (const name of names)
      end = decodeColumn(data, end, columns[name].subarray(from, from + each));
    from += each;
  }
  return { columns, end };
}
