/** A run that goes on for as long as a test watches it, and what is on the disk of it. */
import { readFileSync, watch } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { lockHolder } from "../../../server/files/lock";
import { runFiles } from "../../../server/recipe/run-folder";
import { signal } from "./processes";
import { until } from "./until";

/** One tiny model, quick steps, frequent checkpoints and pictures. */
export const longRecipe = `version: 1
corpora: { books: { embedded: [moby-dick], holdout: 0.02 } }
models: { small: { preset: t5-nano } }
stages:
  a:
    train: small
    corpus: books
    steps: 1000000
    inputs: 32
    batch: 4
    seed: 1
    schedule: { kind: constant, peak: 0.01 }
    evaluate_every: 50
    evaluate_examples: 8
    checkpoint_every: 50
    heatmaps_every: 25
`;

/** In turns. */
const worksMs = 50;
const restsMs = 950;

export class LongRun {
  private waiting = 0;

  /** @param stage the one that is watched */
  constructor(
    readonly folder: string,
    private readonly stage = "a",
  ) {
    this.restrain().catch(() => undefined); // it has gone with its folder
  }

  /** The cores are for the window. */
  private async restrain(): Promise<never> {
    for (;;) {
      const pid = await this.trainer();
      if (pid === undefined) await sleep(worksMs, undefined, { ref: false });
      else await this.restrainTrainer(pid);
    }
  }

  /** Once it has begun, it works for a moment in each second, unless it is waited for or told to leave. */
  private async restrainTrainer(pid: number): Promise<void> {
    const first = this.step;
    let isLeaving = false;
    const orders = watch(this.folder, { persistent: false }, (_, name) => {
      isLeaving ||= name === runFiles.control;
    });
    const isFree = () => this.waiting > 0 || isLeaving;
    while ((await this.trainer()) === pid) {
      await sleep(worksMs, undefined, { ref: false });
      if (isFree() || this.step === first) continue;
      signal(pid, "SIGSTOP");
      for (let restedMs = 0; restedMs < restsMs && !isFree(); restedMs += worksMs)
        await sleep(worksMs, undefined, { ref: false });
      signal(pid, "SIGCONT");
    }
    orders.close();
  }

  /** Steps in the log, in the order in which they stand there. */
  steps(): number[] {
    const lines = readText(join(this.folder, this.stage, "log.jsonl"))
      .split("\n")
      .slice(0, -1);
    return lines.flatMap((line) => {
      const record = JSON.parse(line) as { readonly step: number; readonly loss?: number };
      return record.loss === undefined ? [] : [record.step];
    });
  }

  /** Of the newest line on the disk. */
  get step(): number {
    const last = readText(join(this.folder, this.stage, "log.jsonl"))
      .trimEnd()
      .split("\n")
      .at(-1);
    return Number(/"step":\s*(\d+)/.exec(last ?? "")?.[1] ?? 0);
  }

  async reaches(step: number): Promise<void> {
    this.waiting++;
    try {
      await until(`${this.folder} reaches step ${step}`, () => this.step >= step);
    } finally {
      this.waiting--;
    }
  }

  /** The process that runs it; undefined where none does. */
  async runner(): Promise<number | undefined> {
    return (await lockHolder(join(this.folder, ".lock")))?.pid;
  }

  /** The process that trains; undefined where none does. */
  async trainer(): Promise<number | undefined> {
    return (await lockHolder(join(this.folder, this.stage, ".lock")))?.pid;
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return ""; // not yet
  }
}
