/**
 * A run log, read on as it grows: by its columns where they stand for it, else by parsing its lines. A line that is no
 * record is passed over: a viewer shows what there is.
 */
import { type FileHandle, open } from "node:fs/promises";
import type { LogRecord } from "../protocol/metrics";
import { bytesAt } from "./file-tail";
import { type FileCursor, FileFollower, type Reading } from "./follow-file";
import { batchOf, countOf, joinBatches, type LogBatch } from "./log-batch";
import { LogColumns } from "./log-columns";
import { parseRecord } from "./log-lines";
import { ignoreMissing } from "./missing-file";

/** Parsing as much keeps nobody waiting: a few milliseconds. */
const chunkBytes = 256 * 1024;
/** As much from columns takes as long. */
const chunkRecords = 64 * 1024;
/** Some 100,000 steps. */
const longBytes = 20 * 1024 * 1024;
const newline = 10;

export function followLog(file: string, cursor?: FileCursor): FileFollower<LogBatch> {
  const columns = new LogColumns(file);
  const readOn = async (log: FileHandle, start: number): Promise<Reading<LogBatch>> => {
    const { blocks, nextStart } = await columns.readOn(log, start, chunkRecords);
    const last = blocks.at(-1);
    if (last === undefined) return readLines(log, start, nextStart);
    const { size } = await log.stat();
    const content = joinBatches(blocks.map(({ batch }) => batch));
    const { end } = last.place;
    return { content, count: countOf(content), end, atEnd: end >= size };
  };
  return new FileFollower({ file, readOn, nothing: batchOf([]) }, cursor);
}

/** A long log at a glance (see OverviewFrame); undefined for one that is soon read, or has no columns. */
export async function overviewOf(file: string): Promise<LogBatch | undefined> {
  const log = await ignoreMissing(open(file, "r"));
  if (log === undefined) return undefined;
  try {
    const { size } = await log.stat();
    return size < longBytes ? undefined : await new LogColumns(file).overview(log);
  } finally {
    await log.close();
  }
}

async function readLines(
  log: FileHandle,
  start: number,
  until = Infinity,
): Promise<Reading<LogBatch>> {
  for (let length = Math.min(chunkBytes, until - start); ; length *= 2) {
    const bytes = await bytesAt(log, start, length);
    const atEnd = bytes.length < length;
    const whole = bytes.lastIndexOf(newline) + 1;
    // A line longer than the chunk is no record of ours, but it must not stop the reader.
    if (whole === 0 && !atEnd) continue;
    const records = recordsOf(bytes.subarray(0, whole));
    return { content: batchOf(records), count: records.length, end: start + whole, atEnd };
  }
}

function recordsOf(bytes: Buffer): LogRecord[] {
  return bytes
    .toString("utf8")
    .split("\n")
    .flatMap((line) => parseRecord(line) ?? []);
}
