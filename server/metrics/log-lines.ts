/** The lines of a run log, and the records in them. */
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import type { LogRecord } from "../protocol/metrics";
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

/** Undefined where the line is no record. */
export function parseRecord(text: string): LogRecord | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isRecord =
      typeof value === "object" &&
      value !== null &&
      "step" in value &&
      Number.isSafeInteger(value.step);
    return isRecord ? (value as LogRecord) : undefined;
  } catch {
    return undefined;
  }
}
