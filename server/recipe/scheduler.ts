/** Runs a graph of stages, several side by side; what a failed stage was needed for is left out. */
import type { ResolvedStage } from "./resolve";
import { readyStages } from "./graph";

export type StageOutcome = "done" | "stopped" | "failed";

export interface ScheduleOptions {
  /** To be run; in order of preference. */
  readonly stages: readonly ResolvedStage[];
  /** Finished before. */
  readonly done: ReadonlySet<string>;
  /** Stages side by side at most. */
  readonly parallel: number;
  /** Must not reject; the signal has told it to stop when it answers "stopped". */
  readonly execute: (stage: ResolvedStage) => Promise<StageOutcome>;
  /** No further stage begins. */
  readonly signal: AbortSignal;
}

export interface ScheduleResult {
  readonly outcomes: ReadonlyMap<string, StageOutcome>;
  /** Not begun, because something they need failed or was stopped. */
  readonly skipped: readonly string[];
}

export async function schedule(options: ScheduleOptions): Promise<ScheduleResult> {
  const { stages, parallel, execute, signal } = options;
  const outcomes = new Map<string, StageOutcome>();
  const done = new Set(options.done);
  const waiting = new Set(stages.map(({ name }) => name).filter((name) => !done.has(name)));
  const running = new Map<string, Promise<void>>();
  const begin = (stage: ResolvedStage): void => {
    waiting.delete(stage.name);
    const finish = async (): Promise<void> => {
      const outcome = await execute(stage);
      outcomes.set(stage.name, outcome);
      if (outcome === "done") done.add(stage.name);
      running.delete(stage.name);
    };
    running.set(stage.name, finish());
  };
  for (;;) {
    if (!signal.aborted) {
      const ready = readyStages(
        stages,
        (name) => done.has(name),
        (name) => waiting.has(name),
      );
      for (const stage of ready.slice(0, Math.max(0, parallel - running.size))) begin(stage);
    }
    if (running.size === 0) break;
    await Promise.race(running.values());
  }
  return { outcomes, skipped: [...waiting] };
}
