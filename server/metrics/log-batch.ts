/** Records of a log taken together: steps and kernel statistics as columns, the few others as they are. */
import { encodeColumns, type EncodedColumns, mapColumns } from "../protocol/columns";
import { type EncodedKernels, encodeKernels } from "../protocol/kernel-columns";
import type { KernelRecord, LogRecord, OtherRecord, StepRecord } from "../protocol/metrics";
import { stepColumns } from "../protocol/step-columns";

/** Of each kind in order; which came between which is not kept. */
export interface LogBatch {
  readonly steps: readonly EncodedColumns[];
  readonly kernels: readonly EncodedKernels[];
  readonly others: readonly OtherRecord[];
}

/** Records by their kind, as they come. */
export class RecordSorter {
  readonly steps: StepRecord[] = [];
  readonly kernels: KernelRecord[] = [];
  readonly others: OtherRecord[] = [];

  get count(): number {
    return this.steps.length + this.kernels.length + this.others.length;
  }

  add(record: LogRecord): void {
    if ("loss" in record) this.steps.push(record);
    else if ("kernel" in record) this.kernels.push(record);
    else this.others.push(record);
  }
}

/** Plain loops: a long log passes here whole. */
export function batchOf(records: readonly LogRecord[]): LogBatch {
  const sorter = new RecordSorter();
  for (const record of records) sorter.add(record);
  const { steps, kernels, others } = sorter;
  return {
    steps: steps.length === 0 ? [] : [encodeRecords(steps)],
    kernels: kernels.length === 0 ? [] : [encodeKernels(kernels)],
    others,
  };
}

export function joinBatches(batches: readonly LogBatch[]): LogBatch {
  return {
    steps: batches.flatMap(({ steps }) => steps),
    kernels: batches.flatMap(({ kernels }) => kernels),
    others: batches.flatMap(({ others }) => others),
  };
}

export function countOf({ steps, kernels, others }: LogBatch): number {
  return [...steps, ...kernels].reduce((sum, { length }) => sum + length, others.length);
}

export function encodeRecords(steps: readonly StepRecord[]): EncodedColumns {
  const columns = mapColumns(stepColumns, (name) => {
    const values = new Float64Array(steps.length);
    for (let at = 0; at < steps.length; at++) values[at] = steps[at]![name];
    return values;
  });
  return encodeColumns(stepColumns, columns);
}
