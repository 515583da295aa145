/** How a stage goes now: its newest step, its speed, and how long it will take, from the end of its log. */
import { open } from "node:fs/promises";
import { parseRecord } from "../metrics/log-lines";
import { ignoreMissing } from "../metrics/missing-file";
import type { StepRecord } from "../protocol/metrics";
import type { StageStatus } from "../protocol/runs";

/** About 60 step records: enough for a steady speed. */
const tailBytes = 16 * 1024;

export type Pace = Pick<StageStatus, "latest" | "tokensPerSecond" | "secondsLeft">;

/** Nothing where there is no log, or no step in its end. */
export async function readPace(log: string, steps: number | undefined): Promise<Pace> {
  return paceOf(await lastSteps(log), steps);
}

/** @param records of successive steps; the first one only marks where the others begin */
export function paceOf(records: readonly StepRecord[], steps: number | undefined): Pace {
  const [first] = records;
  const latest = records.at(-1);
  if (first === undefined || latest === undefined) return {};
  const seconds = records.slice(1).reduce((sum, record) => sum + record.seconds, 0);
  if (seconds <= 0) return { latest };
  const tokensPerSecond = (latest.tokens - first.tokens) / seconds;
  if (steps === undefined) return { latest, tokensPerSecond };
  const perStep = seconds / (records.length - 1);
  return { latest, tokensPerSecond, secondsLeft: Math.max(0, steps - latest.step) * perStep };
}

async function lastSteps(log: string): Promise<readonly StepRecord[]> {
  const handle = await ignoreMissing(open(log, "r"));
  if (handle === undefined) return [];
  try {
    const { size } = await handle.stat();
    const start = Math.max(0, size - tailBytes);
    const buffer = Buffer.alloc(size - start);
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, start);
    const lines = buffer
      .toString("utf8", 0, bytesRead)
      .split("\n")
      .slice(start > 0 ? 1 : 0, -1);
    return lines.flatMap((line) => {
      const record = parseRecord(line);
      return record !== undefined && "loss" in record ? [record] : [];
    });
  } finally {
    await handle.close();
  }
}
