/**
 * Keeps `log.columns` up to date with the log that is appended to. It never stands in the log's way: where it cannot be
 * read or written it is left as it is, and the next opening catches up.
 */
import { open, truncate } from "node:fs/promises";
import { crc32 } from "node:zlib";
import type { LogRecord } from "../protocol/metrics";
import { AppendFile } from "./append-file";
import { columnsFileHead, encodeBlock } from "./columns-block";
import { parseBlocks, recordsInBlock } from "./columns-from-lines";
import { bytesAt, tailBytes } from "./file-tail";
import { RecordSorter } from "./log-batch";
import { columnsFileOf, LogColumns } from "./log-columns";
import { ignoreMissing } from "./missing-file";

export class LogColumnsWriter {
  /** Undefined until there is a whole block, and after a failure. */
  private blocks: AppendFile | undefined;
  private failed = false;
  private records = new RecordSorter();
  private pending: Uint8Array[] = [];
  /** Bytes of the log: where the records begin, and end. */
  private start = 0;
  private end = 0;
  /** The last bytes before `end`. */
  private tail: Buffer = Buffer.alloc(0);

  private constructor(private readonly file: string) {}

  /** For a log whose last line is whole. */
  static async open(log: string): Promise<LogColumnsWriter> {
    const writer = new LogColumnsWriter(columnsFileOf(log));
    await writer.attempt(async () => {
      const kept = await keepWhole(log);
      await writer.catchUp(log, kept);
    });
    return writer;
  }

  /** @param line its bytes in the log, which follow those before */
  append(record: LogRecord, line: Uint8Array): void {
    if (this.failed) return;
    this.records.add(record);
    this.end += line.byteLength;
    this.tail = Buffer.concat([this.tail, line]).subarray(-tailBytes);
    if (this.records.count >= recordsInBlock) this.endBlock();
  }

  /** The log has been flushed before. */
  async flush(): Promise<void> {
    if (this.pending.length === 0) return;
    const blocks = this.pending;
    this.pending = [];
    await this.attempt(async () => {
      this.blocks ??= await AppendFile.open(this.file);
      if (this.blocks.isEmpty) this.blocks.append(columnsFileHead());
      for (const block of blocks) this.blocks.append(block);
      await this.blocks.flush();
    });
  }

  async close(): Promise<void> {
    await this.blocks?.close().catch(() => undefined);
    this.blocks = undefined;
  }

  private endBlock(): void {
    const { start, end, records } = this;
    this.pending.push(encodeBlock({ start, end, tail: crc32(this.tail) }, records));
    this.records = new RecordSorter();
    this.start = end;
  }

  private async catchUp(log: string, from: number): Promise<void> {
    const rest = await parseBlocks(log, from, async (block) => {
      this.pending.push(block);
      await this.flush();
    });
    this.records = rest.records;
    this.start = rest.start;
    const handle = await open(log, "r");
    try {
      this.end = (await handle.stat()).size;
      const length = Math.min(tailBytes, this.end);
      this.tail = await bytesAt(handle, this.end - length, length);
    } finally {
      await handle.close();
    }
  }

  /** A full disk, or a folder that may only be read: the log's own matter, which it will tell. */
  private async attempt(act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch {
      this.failed = true;
      this.records = new RecordSorter();
      await this.close();
    }
  }
}

/** Cuts the columns back to the whole blocks that this log has from its beginning on; where they end in the log. */
async function keepWhole(log: string): Promise<number> {
  const columns = new LogColumns(log);
  let end = 0;
  let until = 0;
  const handle = await open(log, "r");
  try {
    for (;;) {
      const { blocks } = await columns.readOn(handle, end, 1);
      if (blocks[0] === undefined) break;
      ({ end, until } = blocks[0].place);
    }
  } finally {
    await handle.close();
  }
  await ignoreMissing(truncate(columnsFileOf(log), until));
  return end;
}
