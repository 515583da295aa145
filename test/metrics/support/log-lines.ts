/** Lines of a run log, with a step record each. */
import type { StepRecord } from "../../../server/protocol/metrics";

export function stepRecord(step: number, changes: Partial<StepRecord> = {}): StepRecord {
  return {
    step,
    loss: 5 / (1 + step),
    accuracy: 1 - 1 / (1 + step),
    learning_rate: 0.01,
    gradient_norm: 1 + Math.sin(step),
    tokens: 128 * step,
    flops: 1e6 * step,
    seconds: 0.01 + 0.001 * Math.cos(step),
    memory_bytes: 1e8,
    ...changes,
  };
}

export function logLine(step: number, changes?: Partial<StepRecord>): string {
  return `${JSON.stringify(stepRecord(step, changes))}\n`;
}

export function logLines(from: number, to: number, changes?: Partial<StepRecord>): string {
  return Array.from({ length: to - from + 1 }, (_, at) => logLine(from + at, changes)).join("");
}
