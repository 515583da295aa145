/**
 * `log.jsonl`: one record a line, in the order of their steps. A crash can leave a torn last line and records
 * beyond the checkpoint that the stage goes on from; readers skip the first, repair removes both.
 */
import { createReadStream } from "node:fs";
import { stat, truncate } from "node:fs/promises";
import type { LogRecord } from "../protocol/metrics";
import { AppendFile } from "./append-file";
import { ignoreMissing } from "./missing-file";

export interface RunLog {
  append(record: LogRecord): void;
  /** Writes what was appended, so that readers see it. */
  flush(): Promise<void>;
  /** Flushes, and returns once it is on the disk itself. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** Opens a log for appending; repair it first where a run may have been killed. */
export async function openRunLog(file: string): Promise<RunLog> {
  const lines = await AppendFile.open(file);
  const encoder = new TextEncoder();
  return {
    append: (record) => {
      lines.append(encoder.encode(`${JSON.stringify(record)}\n`));
    },
    flush: () => lines.flush(),
    sync: () => lines.sync(),
    close: () => lines.close(),
  };
}

/**
 * The records of a log, in order; none where there is no such file. A torn last line is skipped.
 * @throws {SyntaxError} a line before the last is not a record: names the file and the line
 */
export async function* readRunLog(file: string): AsyncGenerator<LogRecord> {
  let number = 0;
  for await (const line of linesOf(file)) {
    number += 1;
    const record = parseRecord(line.text);
    if (record !== undefined && line.whole) yield record;
    else if (line.whole && !isPadding(line.text)) throw notARecord(file, number, line.text);
  }
}

/**
 * Cuts a log back to its records up to `lastStep`, and drops a torn last line. Without a step (the stage starts
 * anew) nothing is kept.
 */
export async function repairRunLog(file: string, lastStep: number | undefined): Promise<void> {
  let end = 0;
  if (lastStep !== undefined) {
    for await (const line of linesOf(file)) {
      const record = line.whole ? parseRecord(line.text) : undefined;
      if (record !== undefined && record.step <= lastStep) end = line.end;
    }
  }
  const size = await ignoreMissing(stat(file).then((found) => found.size));
  if (size !== undefined && size > end) await truncate(file, end);
}

interface Line {
  readonly text: string;
  /** Offset of the byte after it. */
  readonly end: number;
  /** Whether a newline ends it. */
  readonly whole: boolean;
}

async function* linesOf(file: string): AsyncGenerator<Line> {
  if ((await ignoreMissing(stat(file))) === undefined) return;
  const newline = 10;
  let rest: Buffer = Buffer.alloc(0);
  let end = 0;
  for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
    rest = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    let start = 0;
    for (let at = rest.indexOf(newline); at >= 0; at = rest.indexOf(newline, start)) {
      end += at + 1 - start;
      yield { text: rest.toString("utf8", start, at), end, whole: true };
      start = at + 1;
    }
    rest = rest.subarray(start);
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

function isPadding(text: string): boolean {
  return text.trim() === "";
}

function notARecord(file: string, line: number, text: string): SyntaxError {
  return new SyntaxError(
    `Cannot read ${file}, line ${line}: ${JSON.stringify(text.slice(0, 80))} is not a record; ` +
      `delete that line`,
  );
}
