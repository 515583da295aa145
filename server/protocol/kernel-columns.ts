/** Kernel records as columns: a snapshot of a model has one for each of its matrices, and a log thousands of snapshots. */
import {
  type Columns,
  decodeColumns,
  encodeColumns,
  type EncodedColumns,
  mapColumns,
} from "./columns";
import type { KernelRecord } from "./metrics";

/** As in KernelRecord, in the order of the bytes. NaN: not recorded. */
export const kernelQuantities = [
  "mean",
  "std",
  "max_abs",
  "diagonal_norm",
  "off_diagonal_norm",
  "symmetry",
] as const;

/** `kernel` is an index into the names. */
export const kernelColumns = ["step", "kernel", ...kernelQuantities] as const;

export type KernelQuantity = (typeof kernelQuantities)[number];
export type KernelColumns = Columns<(typeof kernelColumns)[number]>;

export interface KernelTable {
  readonly names: readonly string[];
  readonly columns: KernelColumns;
}

export interface EncodedKernels extends EncodedColumns {
  readonly names: readonly string[];
}

/** What a decoder must be told of a part. */
export type KernelPart = Pick<EncodedKernels, "length"> & {
  /** Absent: those of the part before. */
  readonly names?: readonly string[];
};

export function kernelTable(records: readonly KernelRecord[]): KernelTable {
  const indices = new Map<string, number>();
  for (const { kernel } of records) if (!indices.has(kernel)) indices.set(kernel, indices.size);
  const columns = mapColumns(kernelColumns, (name) => {
    const values = new Float64Array(records.length);
    for (let at = 0; at < records.length; at++) {
      const record = records[at]!;
      // What is not finite was written as null.
      values[at] = name === "kernel" ? indices.get(record.kernel)! : (record[name] ?? NaN);
    }
    return values;
  });
  return { names: [...indices.keys()], columns };
}

export function encodeKernels(records: readonly KernelRecord[]): EncodedKernels {
  const { names, columns } = kernelTable(records);
  return { names, ...encodeColumns(kernelColumns, columns) };
}

/** Snapshots name the same kernels again and again. */
export function kernelParts(parts: readonly EncodedKernels[]): KernelPart[] {
  return parts.map(({ length, names }, index) => {
    const before = index === 0 ? undefined : parts[index - 1]!.names;
    const same = before?.length === names.length && names.every((name, i) => name === before[i]);
    return same ? { length } : { length, names };
  });
}

/**
 * The parts as one table.
 * @throws {SyntaxError} there are none of these lengths, or an index has no name
 */
export function decodeKernels(
  data: ArrayBuffer,
  start: number,
  parts: readonly KernelPart[],
): KernelTable {
  const lengths = parts.map(({ length }) => length);
  const { columns } = decodeColumns(kernelColumns, data, { start, lengths });
  const names = new KernelNames();
  let from = 0;
  let own: readonly string[] = [];
  for (const part of parts) {
    own = part.names ?? own;
    names.renumber(columns.kernel.subarray(from, from + part.length), own);
    from += part.length;
  }
  return { names: names.all, columns };
}

/** One numbering for tables that each have their own. */
export class KernelNames {
  readonly #indices = new Map<string, number>();

  get all(): string[] {
    return [...this.#indices.keys()];
  }

  indexOf(name: string): number | undefined {
    return this.#indices.get(name);
  }

  /** In place: indices into `names` become indices into all. @throws {SyntaxError} an index has no name */
  renumber(indices: Float64Array, names: readonly string[]): void {
    const numbers = names.map((name) => {
      const number = this.#indices.get(name) ?? this.#indices.size;
      this.#indices.set(name, number);
      return number;
    });
    for (let at = 0; at < indices.length; at++) {
      const number = numbers[indices[at]!];
      if (number === undefined) {
        throw new SyntaxError(
          `Cannot read kernel records: they name kernel ${indices[at]!} of ${names.length}`,
        );
      }
      indices[at] = number;
    }
  }
}
