/** A log's lines as blocks of its columns: for a log that has none, or has outgrown them. */
import { open } from "node:fs/promises";
import { crc32 } from "node:zlib";
import { AppendFile } from "./append-file";
import { columnsFileHead, encodeBlock } from "./columns-block";
import { tailBytes } from "./file-tail";
import { RecordSorter } from "./log-batch";
import { readLineChunk } from "./log-lines";

/** A reader parses at most as many itself: some ten milliseconds. */
export const recordsInBlock = 8192;
const chunkBytes = 1024 * 1024;
const newline = 10;

/** Records after the last whole block, and the byte of the log where they begin. */
export interface RestOfLog {
  readonly start: number;
  readonly records: RecordSorter;
}

/** Of the log from a line's first byte on, as it is now. */
export async function parseBlocks(
  log: string,
  from: number,
  onBlock: (block: Uint8Array, end: number) => Promise<void>,
): Promise<RestOfLog> {
  const handle = await open(log, "r");
  try {
    let records = new RecordSorter();
    let start = from;
    let tail: Buffer = Buffer.alloc(0);
    for (let at = from; ;) {
      const chunk = await readLineChunk(handle, at, chunkBytes);
      let lineEnd = 0;
      for (const record of chunk.records) {
        lineEnd = chunk.bytes.indexOf(newline, lineEnd) + 1;
        if (record !== undefined) records.add(record);
        if (records.count < recordsInBlock) continue;
        const end = at + lineEnd;
        const before = Buffer.concat([tail, chunk.bytes.subarray(0, lineEnd)]);
        const last = crc32(before.subarray(-Math.min(tailBytes, end)));
        await onBlock(encodeBlock({ start, end, tail: last }, records), end);
        records = new RecordSorter();
        start = end;
      }
      if (chunk.atEnd) return { start, records };
      tail = Buffer.from(chunk.bytes.subarray(-tailBytes));
      at = chunk.end;
    }
  } finally {
    await handle.close();
  }
}

/**
 * Writes the columns of a whole log into a new file, block by block, so that a reader can follow.
 * @param onBlock told how many bytes of the log stand in the file now
 */
export async function writeColumns(
  { log, file }: { readonly log: string; readonly file: string },
  onBlock: (end: number) => void,
): Promise<void> {
  const columns = await AppendFile.open(file);
  try {
    if (columns.isEmpty) columns.append(columnsFileHead());
    await parseBlocks(log, 0, async (block, end) => {
      columns.append(block);
      await columns.flush();
      onBlock(end);
    });
  } finally {
    await columns.close();
  }
}
