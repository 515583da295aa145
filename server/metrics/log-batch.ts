/** Records of a log taken together: the steps as columns, the others as they are. */
import type { LogRecord, StepRecord } from "../protocol/metrics";
import { type EncodedSteps, encodeSteps, mapColumns } from "../protocol/step-columns";

export type OtherRecord = Exclude<LogRecord, StepRecord>;

/** Of both kinds in order; which came between which is not kept. */
export interface LogBatch {
  readonly steps: readonly EncodedSteps[];
  readonly others: readonly OtherRecord[];
}

/** Plain loops: a long log passes here whole. */
export function batchOf(records: readonly LogRecord[]): LogBatch {
  const steps: StepRecord[] = [];
  const others: OtherRecord[] = [];
  for (const record of records) {
    if (isStep(record)) steps.push(record);
    else others.push(record);
  }
  return { steps: [encodeRecords(steps)], others };
}

export function joinBatches(batches: readonly LogBatch[]): LogBatch {
  return {
    steps: batches.flatMap(({ steps }) => steps),
    others: batches.flatMap(({ others }) => others),
  };
}

export function countOf({ steps, others }: LogBatch): number {
  return steps.reduce((sum, { length }) => sum + length, others.length);
}

export function encodeRecords(steps: readonly StepRecord[]): EncodedSteps {
  const columns = mapColumns((name) => {
    const values = new Float64Array(steps.length);
    for (let at = 0; at < steps.length; at++) values[at] = steps[at]![name];
    return values;
  });
  return encodeSteps(columns);
}

export function isStep(record: LogRecord): record is StepRecord {
  return "loss" in record;
}
