/** Runs a graph of stages, several side by side; what a failed stage was needed for is left out. */
import type { ResolvedStage } from "./resolve";
import { readyStages } from "./graph";

export type StageOutcome = "done" | "stopped" | "failed";

export interface ScheduleOptions<Slot> {
  /** To be run; in order of preference. */
  readonly stages: readonly ResolvedStage[];
  /** Finished before. */
  readonly done: ReadonlySet<string>;
  /** Stages side by side at most. */
  readonly parallel: number;
  /** Where they run, each one at a time; in order of preference. */
  readonly slots: readonly Slot[];
  /** By default any stage may take any slot. */
  readonly mayTake?: (stage: ResolvedStage, slot: Slot) => boolean;
  /** Must not reject; the signal has told it to stop when it answers "stopped". */
  readonly execute: (stage: ResolvedStage, slot: Slot) => Promise<StageOutcome>;
  /** No further stage begins. */
  readonly signal: AbortSignal;
}

export interface ScheduleResult {
  readonly outcomes: ReadonlyMap<string, StageOutcome>;
  /** Not begun, because something they need failed or was stopped. */
  readonly skipped: readonly string[];
}

export async function schedule<Slot>(options: ScheduleOptions<Slot>): Promise<ScheduleResult> {
  const { stages, parallel, slots, mayTake = () => true, execute, signal } = options;
  const outcomes = new Map<string, StageOutcome>();
  const done = new Set(options.done);
  const waiting = new Set(stages.map(({ name }) => name).filter((name) => !done.has(name)));
  const running = new Map<string, Promise<void>>();
  const taken = new Set<number>();
  const begin = (stage: ResolvedStage): void => {
    const at = slots.findIndex((slot, index) => !taken.has(index) && mayTake(stage, slot));
    if (at === -1 || running.size >= parallel) return;
    taken.add(at);
    waiting.delete(stage.name);
    const finish = async (): Promise<void> => {
      const outcome = await execute(stage, slots[at]!);
      outcomes.set(stage.name, outcome);
      if (outcome === "done") done.add(stage.name);
      running.delete(stage.name);
      taken.delete(at);
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
      for (const stage of choosyFirst(ready, { slots, mayTake })) begin(stage);
    }
    if (running.size === 0) break;
    await Promise.race(running.values());
  }
  return { outcomes, skipped: [...waiting] };
}

/** A stage that may not go anywhere has its slot before others take it; otherwise in their order. */
function choosyFirst<Slot>(
  ready: readonly ResolvedStage[],
  { slots, mayTake }: Required<Pick<ScheduleOptions<Slot>, "slots" | "mayTake">>,
): readonly ResolvedStage[] {
  const isChoosy = (stage: ResolvedStage) => !slots.every((slot) => mayTake(stage, slot));
  return [...ready.filter(isChoosy), ...ready.filter((stage) => !isChoosy(stage))];
}
