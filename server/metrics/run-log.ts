/**
 * `log.jsonl`: one record a line, in the order of their steps. A crash can leave a torn last line and records
 * beyond the checkpoint that the stage goes on from; readers skip the first, repair removes both.
 */
import { stat, truncate } from "node:fs/promises";
import type { LogRecord } from "../protocol/metrics";
import { AppendFile } from "./append-file";
import { LogColumnsWriter } from "./log-columns-writer";
import { linesOf, parseRecord } from "./log-lines";
import { ignoreMissing } from "./missing-file";

export interface RunLog {
  append(record: LogRecord): void;
  /** Writes what was appended, so that readers see it. */
  flush(): Promise<void>;
  /** Flushes, and returns once it is on the disk itself. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens a log for appending; repair it first where a run may have been killed. Its columns (see log-columns.ts) grow
 * with it.
 */
export async function openRunLog(file: string): Promise<RunLog> {
  const lines = await AppendFile.open(file);
  const columns = await LogColumnsWriter.open(file);
  const flush = async (): Promise<void> => {
    await lines.flush();
    await columns.flush();
  };
  return {
    append: (record) => {
      const line = Buffer.from(`${JSON.stringify(record)}\n`);
      lines.append(line);
      columns.append(record, line);
    },
    flush,
    sync: async () => {
      await flush();
      await lines.sync();
    },
    close: async () => {
      try {
        await flush();
      } finally {
        await columns.close();
        await lines.close();
      }
    },
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

function isPadding(text: string): boolean {
  return text.trim() === "";
}

function notARecord(file: string, line: number, text: string): SyntaxError {
  return new SyntaxError(
    `Cannot read ${file}, line ${line}: ${JSON.stringify(text.slice(0, 80))} is not a record; ` +
      `delete that line`,
  );
}
