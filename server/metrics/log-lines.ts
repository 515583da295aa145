/** The lines of a run log, and the records in them. */
import { createReadStream } from "node:fs";
import { type FileHandle, stat } from "node:fs/promises";
import type { LogRecord } from "../protocol/metrics";
import { bytesAt } from "./file-tail";
import { ignoreMissing } from "./missing-file";

export interface Line {
  readonly text: string;
  /** Offset of the byte after it. */
  readonly end: number;
  /** Whether a newline ends it. */
  readonly whole: boolean;
}

/** From a line's first byte on, as the file is now; none where there is no such file. */
export async function* linesOf(file: string, start = 0): AsyncGenerator<Line> {
  const size = (await ignoreMissing(stat(file)))?.size ?? 0;
  if (size <= start) return;
  const newline = 10;
  let rest: Buffer = Buffer.alloc(0);
  let end = start;
  for await (const chunk of createReadStream(file, {
    start,
    end: size - 1,
  }) as AsyncIterable<Buffer>) {
    rest = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    let lineStart = 0;
    for (let at = rest.indexOf(newline); at >= 0; at = rest.indexOf(newline, lineStart)) {
      end += at + 1 - lineStart;
      yield { text: rest.toString("utf8", lineStart, at), end, whole: true };
      lineStart = at + 1;
    }
    rest = rest.subarray(lineStart);
  }
  if (rest.length > 0) yield { text: rest.toString("utf8"), end: end + rest.length, whole: false };
}

/** Whole lines at once. */
export interface LineChunk {
  /** What each line says; undefined where it is no record. */
  readonly records: readonly (LogRecord | undefined)[];
  readonly bytes: Buffer;
  /** Offset of the byte after the last whole line. */
  readonly end: number;
  /** There are no more whole lines. */
  readonly atEnd: boolean;
}

const newline = 10;
/** What goes on for longer without an end is no log: nothing is read of it. */
const longestLineBytes = 2 ** 26;

/** The whole lines from a line's first byte on, of about as many bytes. */
export async function readLineChunk(
  log: FileHandle,
  start: number,
  chunkBytes: number,
): Promise<LineChunk> {
  for (let length = chunkBytes; ; length *= 2) {
    const bytes = await bytesAt(log, start, length);
    const atEnd = bytes.length < length;
    const whole = bytes.lastIndexOf(newline) + 1;
    // A line longer than the chunk is no record of ours, but it must not stop the reader.
    if (whole === 0 && !atEnd && length < longestLineBytes) continue;
    const lines = bytes.subarray(0, whole);
    return {
      records: parseLines(lines.toString("utf8")),
      bytes: lines,
      end: start + whole,
      atEnd: atEnd || whole === 0,
    };
  }
}

/** Of whole lines. All in one call where all are records, as they almost always are: twice as fast. */
function parseLines(text: string): (LogRecord | undefined)[] {
  if (text === "") return [];
  const lines = text.slice(0, -1).split("\n");
  try {
    const values = JSON.parse(`[${lines.join(",")}]`) as unknown[];
    if (values.length === lines.length) return values.map(asRecord);
  } catch {
    // One of them is torn, or none of ours.
  }
  return lines.map(parseRecord);
}

/** Undefined where the line is no record. */
export function parseRecord(text: string): LogRecord | undefined {
  try {
    return asRecord(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function asRecord(value: unknown): LogRecord | undefined {
  const isRecord =
    typeof value === "object" &&
    value !== null &&
    "step" in value &&
    Number.isSafeInteger(value.step);
  return isRecord ? (value as LogRecord) : undefined;
}
