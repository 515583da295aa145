/**
 * Makes the columns of long logs that have none, once for each log, away from the event loop, while those who wait for
 * them read what is there already. They are made in a folder for the time being, and put beside the log once they are
 * whole, where it may be written; whoever appends to the log meanwhile notices nothing.
 */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { copyFile, type FileHandle, mkdtemp, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import type { LogBatch } from "./log-batch";
import { columnsFileOf, type ColumnsReading, LogColumns } from "./log-columns";

/** What the worker is told. */
export interface ColumnsJob {
  readonly log: string;
  /** Where to; its folder is there. */
  readonly file: string;
}

/** What it tells whenever more of the log stands in the file: the byte until which it does. */
export interface ColumnsProgress {
  readonly end: number;
}

/** Columns that are being made, or are whole. */
export interface MadeColumns {
  /** As LogColumns.readOn(): waits for the blocks that are still to come. */
  readOn(log: FileHandle, start: number, records: number): Promise<ColumnsReading>;
  /** As LogColumns.overview(), once they are whole. */
  overview(log: FileHandle): Promise<LogBatch | undefined>;
}

/** Whoever creates it closes it. */
export class ColumnsMaker {
  private readonly making = new Map<string, Making>();
  private folder: Promise<string> | undefined;

  /** @param worker the bundled columns worker */
  constructor(private readonly worker: URL) {}

  /** Those of the log as it is, or was when they were made. */
  make(log: string): MadeColumns {
    const making = this.making.get(log) ?? this.start(log);
    this.making.set(log, making);
    return making;
  }

  /** Undefined where nobody has asked for them. */
  made(log: string): MadeColumns | undefined {
    return this.making.get(log);
  }

  async close(): Promise<void> {
    await Promise.all([...this.making.values()].map((making) => making.stop()));
    if (this.folder !== undefined) await rm(await this.folder, { recursive: true, force: true });
  }

  private start(log: string): Making {
    this.folder ??= mkdtemp(join(tmpdir(), "deep-fusion-columns-"));
    const file = this.folder.then((folder) => join(folder, randomBytes(8).toString("hex")));
    return new Making(log, file, this.worker);
  }
}

class Making implements MadeColumns {
  private worker: Worker | undefined;
  private stopped = false;
  private end = 0;
  private state: "under way" | "whole" | "failed" = "under way";
  /** Those who wait for it to go on. */
  private waiting: (() => void)[] = [];
  private readonly columns: Promise<LogColumns>;
  private readonly ended: Promise<void>;

  constructor(
    private readonly log: string,
    file: Promise<string>,
    script: URL,
  ) {
    this.columns = file.then((path) => new LogColumns(log, path));
    this.ended = this.run(file, script);
  }

  async readOn(log: FileHandle, start: number, records: number): Promise<ColumnsReading> {
    while (this.state === "under way" && this.end <= start) {
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
    if (this.state === "failed") return { blocks: [] };
    return (await this.columns).readOn(log, start, records);
  }

  async overview(log: FileHandle): Promise<LogBatch | undefined> {
    return this.state === "whole" ? (await this.columns).overview(log) : undefined;
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.worker?.terminate();
    await this.ended;
  }

  /** Never rejects: where it fails the log is parsed by whoever reads it. */
  private async run(file: Promise<string>, script: URL): Promise<void> {
    try {
      const path = await file;
      await this.work({ log: this.log, file: path }, script);
      this.move({ state: "whole" });
      await putBeside(this.log, path);
    } catch {
      this.move({ state: this.state === "whole" ? "whole" : "failed" });
    }
  }

  private async work(job: ColumnsJob, script: URL): Promise<void> {
    if (this.stopped) throw new Error("Cannot make columns: stopped");
    const worker = new Worker(script, { workerData: job });
    this.worker = worker;
    worker.on("message", ({ end }: ColumnsProgress) => {
      this.move({ end });
    });
    const [code] = (await once(worker, "exit")) as [number];
    if (code !== 0) throw new Error(`Cannot make columns: the worker ended with ${code}`);
  }

  private move(change: { readonly end?: number; readonly state?: "whole" | "failed" }): void {
    this.end = change.end ?? this.end;
    this.state = change.state ?? this.state;
    for (const wake of this.waiting.splice(0)) wake();
  }
}

/** Whole or not at all; readers find by its own checksums whether it stands for the log. */
async function putBeside(log: string, file: string): Promise<void> {
  const target = columnsFileOf(log);
  const staged = `${target}.${randomBytes(4).toString("hex")}.part`;
  try {
    await copyFile(file, staged);
    await rename(staged, target);
  } catch {
    // The folder may only be read, or the disk is full: they are made again another time.
    await rm(staged, { force: true }).catch(() => undefined);
  }
}
