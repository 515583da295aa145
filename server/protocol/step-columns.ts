/** Step records as columns: in memory plain numbers, on the disk and on the wire as column-codec.ts has them. */
import { decodeColumn, encodeColumn } from "./column-codec";

/** Names of the columns, as in StepRecord, in the order of the bytes. */
export const stepColumns = [
  "step",
  "loss",
  "accuracy",
  "learning_rate",
  "gradient_norm",
  "tokens",
  "flops",
  "seconds",
  "memory_bytes",
] as const;

type ColumnName = (typeof stepColumns)[number];

export type StepColumns = Readonly<Record<ColumnName, Float64Array>>;

/** Columns one after another. They pass from the disk to the wire as they are. */
export interface EncodedSteps {
  readonly length: number;
  /** A multiple of 8. */
  readonly bytes: Uint8Array;
}

export function mapColumns(make: (name: ColumnName) => Float64Array): StepColumns {
  return Object.fromEntries(stepColumns.map((name) => [name, make(name)])) as StepColumns;
}

export function encodeSteps(steps: StepColumns): EncodedSteps {
  const columns = stepColumns.map((name) => encodeColumn(steps[name]));
  const bytes = new Uint8Array(columns.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const column of columns) {
    bytes.set(column, at);
    at += column.length;
  }
  return { length: steps.step.length, bytes };
}

/**
 * Parts that follow each other in `data`, from a byte on (a multiple of 8), as one.
 * @param lengths of the parts, in steps
 * @throws {SyntaxError} there are none of these lengths
 */
export function decodeSteps(
  data: ArrayBuffer,
  start: number,
  lengths: readonly number[],
): StepColumns {
  const length = lengths.reduce((sum, each) => sum + each, 0);
  const steps = mapColumns(() => new Float64Array(length));
  let at = start;
  let from = 0;
  for (const each of lengths) {
    for (const name of stepColumns) {
      at = decodeColumn(data, at, steps[name].subarray(from, from + each));
    }
    from += each;
  }
  return steps;
}
