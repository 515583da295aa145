/**
 * Keeps `log.columns` up to date with the log that is appended to. It never stands in the log's way: where it cannot be
 * read or written it is left as it is, and the next opening catches up.
 */
import { type FileHandle, open, truncate } from "node:fs/promises";
import { crc32 } from "node:zlib";
import type { LogRecord, StepRecord } from "../protocol/metrics";
import { AppendFile } from "./append-file";
import { columnsFileHead, encodeBlock } from "./columns-block";
import { bytesAt, tailBytes } from "./file-tail";
import { isStep, type OtherRecord } from "./log-batch";
import { columnsFileOf, LogColumns } from "./log-columns";
import { linesOf, parseRecord } from "./log-lines";
import { ignoreMissing } from "./missing-file";

/** A reader parses at most as many itself: some ten milliseconds. */
const recordsInBlock = 8192;

export class LogColumnsWriter {
  /** Undefined until there is a whole block, and after a failure. */
  private blocks: AppendFile | undefined;
  private failed = false;
  private steps: StepRecord[] = [];
  private others: OtherRecord[] = [];
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
    this.add(record);
    this.end += line.byteLength;
    this.tail = Buffer.concat([this.tail, line]).subarray(-tailBytes);
    if (this.isFull) this.endBlock();
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

  private get isFull(): boolean {
    return this.steps.length + this.others.length >= recordsInBlock;
  }

  private add(record: LogRecord): void {
    if (isStep(record)) this.steps.push(record);
    else this.others.push(record);
  }

  private endBlock(): void {
    const { start, end, steps, others } = this;
    this.pending.push(encodeBlock({ start, end, tail: crc32(this.tail) }, { steps, others }));
    this.steps = [];
    this.others = [];
    this.start = end;
  }

  private async catchUp(log: string, from: number): Promise<void> {
    this.start = this.end = from;
    for await (const { text, end, whole } of linesOf(log, from)) {
      const record = whole ? parseRecord(text) : undefined;
      if (record !== undefined) this.add(record);
      this.end = end;
      if (!this.isFull) continue;
      this.tail = await lastBytes(log, end);
      this.endBlock();
      await this.flush();
    }
    this.tail = await lastBytes(log, this.end);
  }

  /** A full disk, or a folder that may only be read: the log's own matter, which it will tell. */
  private async attempt(act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch {
      this.failed = true;
      this.steps = [];
      this.others = [];
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

async function lastBytes(log: string, end: number): Promise<Buffer> {
  const handle: FileHandle = await open(log, "r");
  try {
    const length = Math.min(tailBytes, end);
    return await bytesAt(handle, end - length, length);
  } finally {
    await handle.close();
  }
}
