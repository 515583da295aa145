/**
 * A run log, read on as it grows: by its columns where they stand for it, else by parsing its lines. A line that is no
 * record is passed over: a viewer shows what there is.
 */
import { type FileHandle, open } from "node:fs/promises";
import type { ColumnsMaker } from "./columns-maker";
import { type FileCursor, FileFollower, type Reading } from "./follow-file";
import { batchOf, countOf, joinBatches, type LogBatch } from "./log-batch";
import { type ColumnsReading, LogColumns } from "./log-columns";
import { readLineChunk } from "./log-lines";
import { ignoreMissing } from "./missing-file";

/** Parsing as much keeps nobody waiting: a few milliseconds. */
const chunkBytes = 256 * 1024;
/** As much from columns takes as long. */
const chunkRecords = 64 * 1024;
/** Some 100,000 steps. */
const longBytes = 20 * 1024 * 1024;
/** More than this is parsed by the maker of columns. */
const mostParsedBytes = 4 * 1024 * 1024;

export interface FollowLogOptions {
  readonly cursor?: FileCursor;
  /** Who makes columns for a long log that has none; absent: its lines are parsed here. */
  readonly maker?: ColumnsMaker | undefined;
}

export function followLog(
  file: string,
  { cursor, maker }: FollowLogOptions = {},
): FileFollower<LogBatch> {
  const columns = new LogColumns(file);
  const readOn = async (log: FileHandle, start: number): Promise<Reading<LogBatch>> => {
    const { size } = await log.stat();
    let reading = await columns.readOn(log, start, chunkRecords);
    const unread = (reading.nextStart ?? size) - start;
    if (reading.blocks.length === 0 && unread > mostParsedBytes) {
      reading = (await maker?.make(file).readOn(log, start, chunkRecords)) ?? reading;
    }
    return blocksRead(reading, size) ?? readLines(log, start, reading.nextStart);
  };
  return new FileFollower({ file, readOn, nothing: batchOf([]) }, cursor);
}

/** A long log at a glance (see OverviewFrame); undefined for one that is soon read, or has no columns. */
export async function overviewOf(
  file: string,
  maker?: ColumnsMaker,
): Promise<LogBatch | undefined> {
  const log = await ignoreMissing(open(file, "r"));
  if (log === undefined) return undefined;
  try {
    const { size } = await log.stat();
    if (size < longBytes) return undefined;
    return (await new LogColumns(file).overview(log)) ?? (await maker?.made(file)?.overview(log));
  } finally {
    await log.close();
  }
}

function blocksRead({ blocks }: ColumnsReading, size: number): Reading<LogBatch> | undefined {
  const last = blocks.at(-1);
  if (last === undefined) return undefined;
  const content = joinBatches(blocks.map(({ batch }) => batch));
  const { end } = last.place;
  return { content, count: countOf(content), end, atEnd: end >= size };
}

async function readLines(
  log: FileHandle,
  start: number,
  until = Infinity,
): Promise<Reading<LogBatch>> {
  const { records, end, atEnd } = await readLineChunk(
    log,
    start,
    Math.min(chunkBytes, until - start),
  );
  const found = records.filter((record) => record !== undefined);
  return { content: batchOf(found), count: found.length, end, atEnd };
}
