/** A run log, read on as it grows. A line that is no record is passed over: a viewer shows what there is. */
import type { FileHandle } from "node:fs/promises";
import type { LogRecord } from "../protocol/metrics";
import { bytesAt, type FileCursor, FileFollower, type Reading } from "./follow-file";
import { parseRecord } from "./run-log";

/** Reading as much keeps nobody waiting: a few milliseconds. */
const chunkBytes = 256 * 1024;
const newline = 10;

export function followLog(file: string, cursor?: FileCursor): FileFollower<LogRecord> {
  return new FileFollower({ file, readOn: readLines }, cursor);
}

async function readLines(handle: FileHandle, start: number): Promise<Reading<LogRecord>> {
  for (let length = chunkBytes; ; length *= 2) {
    const bytes = await bytesAt(handle, start, length);
    const atEnd = bytes.length < length;
    const whole = bytes.lastIndexOf(newline) + 1;
    // A line longer than the chunk is no record of ours, but it must not stop the reader.
    if (whole === 0 && !atEnd) continue;
    return { items: recordsOf(bytes.subarray(0, whole)), end: start + whole, atEnd };
  }
}

function recordsOf(bytes: Buffer): LogRecord[] {
  return bytes
    .toString("utf8")
    .split("\n")
    .flatMap((line) => parseRecord(line) ?? []);
}
