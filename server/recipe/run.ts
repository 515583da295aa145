/**
 * One run: doing the stages that are still to do, each in a trainer process of its own.
 *
 * Only the runner writes run.json; each trainer also leaves its stage's record in the stage's folder, so that a
 * runner killed at any moment loses nothing.
 */
import { join } from "node:path";
import { type Place, placeText } from "../protocol/place";
import type { RunRecord, StageRecord } from "../protocol/run";
import type { StageJob, StageReport } from "../protocol/trainer";
import type { PreparedRun } from "./prepare-run";
import type { ResolvedStage } from "./resolve";
import { RunControl } from "./run-control";
import { readStage, runFiles, writeRun } from "./run-folder";
import { schedule } from "./scheduler";
import { mayTake, slotsOf } from "./slots";
import { SpareSpace } from "./spare-space";
import type { ScheduleResult, StageOutcome } from "./scheduler";
import { startStageProcess } from "./stage-process";
import type { StageProcess } from "./stage-process";
import type { Trainers } from "./trainers";

export type RunEvent =
  /** `device`: on which of several it trains. */
  | { readonly kind: "begin"; readonly stage: string; readonly device?: string }
  | { readonly kind: "report"; readonly stage: string; readonly report: StageReport }
  | { readonly kind: "end"; readonly stage: string; readonly record: StageRecord }
  | { readonly kind: "control"; readonly state: RunRecord["control"] };

export interface ExecuteOptions {
  readonly trainers: Trainers;
  readonly onEvent: (event: RunEvent) => void;
  /** Save and stop. */
  readonly signal: AbortSignal;
  /** Leave at once. */
  readonly killSignal: AbortSignal;
}

export interface RunResult extends ScheduleResult {
  readonly record: RunRecord;
  /** By the signal, or by who watches. */
  readonly stopped: boolean;
}

/** Never rejects for what a stage does: failures are in the record. */
export async function executeRun(
  prepared: PreparedRun,
  options: ExecuteOptions,
): Promise<RunResult> {
  const runner = new Runner(prepared, options);
  try {
    let result = await runner.round();
    while (runner.wasPaused && hasMoreToDo(result)) {
      await runner.control.paused();
      if (runner.control.stop.aborted) break;
      result = await runner.round();
    }
    return { ...result, stopped: runner.control.stop.aborted, record: await runner.close() };
  } finally {
    runner.control.close();
  }
}

function hasMoreToDo({ outcomes, skipped }: ScheduleResult): boolean {
  return skipped.length > 0 || [...outcomes.values()].includes("stopped");
}

const recordEveryMs = 1000;

class Runner {
  private record: RunRecord;
  private writing: Promise<void> = Promise.resolve();
  private writtenAt = 0;
  private again: NodeJS.Timeout | undefined;
  private roundSignal: AbortSignal | undefined;
  private readonly spare: SpareSpace;
  readonly control: RunControl;

  constructor(
    private readonly prepared: PreparedRun,
    private readonly options: ExecuteOptions,
  ) {
    this.record = prepared.record;
    this.spare = new SpareSpace(join(prepared.options.folder, runFiles.spare));
    this.control = new RunControl({
      folder: prepared.options.folder,
      signal: options.signal,
      killSignal: options.killSignal,
      onChange: (state) => this.controlled(state),
    });
  }

  /** All that can be done until the end, or the next pause. What has failed is not tried again. */
  round(): Promise<ScheduleResult> {
    const { stages, settings } = this.prepared.options;
    const inState = (wanted: StageRecord["state"]) =>
      Object.keys(this.record.stages).filter((name) => this.record.stages[name]?.state === wanted);
    const failed = new Set(inState("failed"));
    const slots = slotsOf(settings);
    const { signal } = this.control;
    this.roundSignal = signal;
    return schedule({
      stages: stages.filter(({ name }) => !failed.has(name)),
      done: new Set(inState("done")),
      parallel: settings.parallel,
      slots,
      mayTake: ({ name }, slot) => mayTake(slots, this.record.stages[name]?.device, slot),
      execute: (stage, slot) => this.execute(stage, slot, signal),
      signal,
    });
  }

  /** The last round ended early, but not for good. */
  get wasPaused(): boolean {
    return this.roundSignal?.aborted === true && !this.control.stop.aborted;
  }

  private async controlled(state: RunRecord["control"]): Promise<void> {
    this.record = withControl(this.record, state);
    this.options.onEvent({ kind: "control", state });
    await this.writeNext();
  }

  private async execute(
    stage: ResolvedStage,
    slot: Place,
    signal: AbortSignal,
  ): Promise<StageOutcome> {
    const { folder, settings } = this.prepared.options;
    if (signal.aborted) return this.end(stage, { state: "stopped" });
    const device = stage.kind === "train" ? placeText(slot) : undefined;
    const begun = { state: "running", error: undefined, waits: undefined } as const;
    await this.update(stage.name, { ...begun, device });
    const isOneOfSeveral = device !== undefined && settings.places.length > 1;
    this.options.onEvent({
      kind: "begin",
      stage: stage.name,
      ...(isOneOfSeveral && { device }),
    });
    const child = startStageProcess({
      job: this.job(stage.name, slot),
      child: this.options.trainers.take(),
      onReport: (report) => {
        this.hear(stage.name, report);
      },
    });
    const result = await this.supervised(child, signal);
    if ("record" in result) return this.end(stage, result.record);
    const left = await readStage(folder, stage.name).catch(() => undefined);
    if (left?.state === "done") return this.end(stage, left);
    const stopped = this.control.kill.aborted;
    return this.end(
      stage,
      stopped ? { state: "stopped" } : { state: "failed", error: result.crash },
    );
  }

  private job(stage: string, slot: Place): StageJob {
    const { folder, settings } = this.prepared.options;
    const { engine, threads } = settings;
    return { kind: "job", run: folder, stage, engine, ...slot, threads, onDisconnect: "stop" };
  }

  private async supervised(
    child: StageProcess,
    signal: AbortSignal,
  ): ReturnType<typeof startStageProcess>["finished"] {
    const killSignal = this.control.kill;
    const stop = (): void => {
      child.stop();
    };
    const kill = (): void => {
      child.kill();
    };
    signal.addEventListener("abort", stop, { once: true });
    killSignal.addEventListener("abort", kill, { once: true });
    // Either may have come while the process was being started.
    if (signal.aborted) stop();
    if (killSignal.aborted) kill();
    try {
      return await child.finished;
    } finally {
      signal.removeEventListener("abort", stop);
      killSignal.removeEventListener("abort", kill);
    }
  }

  private hear(stage: string, report: StageReport): void {
    this.options.onEvent({ kind: "report", stage, report });
    if (report.kind === "step") void this.update(stage, { step: report.record.step }, "lazily");
    if (report.kind === "skips") void this.update(stage, { skipped_batches: report.batches });
    if (report.kind === "waits") void this.update(stage, { waits: report.reason });
    if (report.kind === "heldout") {
      const { heldout_loss, heldout_accuracy } = report.record;
      void this.update(stage, { heldout_loss, heldout_accuracy });
    }
  }

  private async end(
    stage: ResolvedStage,
    changes: Partial<StageRecord> & Pick<StageRecord, "state">,
  ): Promise<StageOutcome> {
    await this.update(stage.name, { ...changes, waits: undefined });
    const record = this.record.stages[stage.name]!;
    this.options.onEvent({ kind: "end", stage: stage.name, record });
    return changes.state === "done" || changes.state === "failed" ? changes.state : "stopped";
  }

  /** Writes follow each other; a failed one is made good by the next, which comes by itself. */
  private update(
    stage: string,
    changes: { readonly [Key in keyof StageRecord]?: StageRecord[Key] | undefined },
    when: "now" | "lazily" = "now",
  ): Promise<void> {
    const merged = { ...this.record.stages[stage], ...changes } as StageRecord;
    const known = Object.entries(merged).filter(([, value]) => value !== undefined);
    const next = Object.fromEntries(known) as unknown as StageRecord;
    this.record = { ...this.record, stages: { ...this.record.stages, [stage]: next } };
    const now = performance.now();
    if (when === "lazily" && now - this.writtenAt < recordEveryMs) return this.writing;
    return this.writeNext();
  }

  private writeNext(): Promise<void> {
    this.writtenAt = performance.now();
    this.writing = this.writing.then(() => this.write());
    return this.writing;
  }

  private async write(): Promise<void> {
    const { folder } = this.prepared.options;
    clearTimeout(this.again);
    try {
      await this.spare.writing(() => writeRun(folder, this.record));
    } catch {
      // Nothing else may happen while stages wait for space, and that they do is what this record says.
      this.again = setTimeout(() => void this.writeNext(), recordEveryMs);
    }
  }

  async close(): Promise<RunRecord> {
    await this.writing;
    clearTimeout(this.again);
    await this.spare.give();
    this.record = withControl(this.record, undefined);
    // The last word must be on the disk: this one may fail aloud.
    await writeRun(this.prepared.options.folder, this.record);
    return this.record;
  }
}

function withControl(record: RunRecord, control: RunRecord["control"]): RunRecord {
  const rest = Object.fromEntries(Object.entries(record).filter(([key]) => key !== "control"));
  return { ...(rest as unknown as RunRecord), ...(control !== undefined && { control }) };
}
