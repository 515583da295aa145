/** How long a run will take, from what its stages cost and how fast this machine goes. */
import type { RunPlan } from "../recipe/plan";
import { inputsOf } from "../recipe/resolve";
import type { ResolvedStage } from "../recipe/resolve";
import { trainStageSize } from "../recipe/stage-size";
import type { StageSize } from "../recipe/stage-size";

/** Of a train stage; undefined for others. */
export function stageSize(stage: ResolvedStage, plan: RunPlan): StageSize | undefined {
  const configuration = plan.configurations.get(stage.name);
  if (stage.kind !== "train" || configuration === undefined) return undefined;
  return trainStageSize(configuration, stage.settings);
}

/**
 * Seconds until all stages are done when up to `parallel` run side by side, each begun as soon as it can be.
 * @param secondsOf what each stage still takes
 */
export function makespan(
  stages: readonly ResolvedStage[],
  secondsOf: (stage: ResolvedStage) => number,
  parallel: number,
): number {
  const ends = new Map<string, number>();
  const free = Array.from({ length: Math.max(1, parallel) }, () => 0);
  const waiting = [...stages];
  while (waiting.length > 0) {
    // The stage that can begin first; ties go by the order of the plan.
    const names = new Set(waiting.map(({ name }) => name));
    const starts = waiting.map((stage) => readyAt(stage, ends, names));
    const next = starts.indexOf(Math.min(...starts));
    const slot = free.indexOf(Math.min(...free));
    const [stage] = waiting.splice(next, 1);
    const end = Math.max(starts[next]!, free[slot]!) + secondsOf(stage!);
    ends.set(stage!.name, end);
    free[slot] = end;
  }
  return Math.max(0, ...ends.values());
}

/** Infinity while an input is still waiting; stages outside the list are done. */
function readyAt(
  stage: ResolvedStage,
  ends: ReadonlyMap<string, number>,
  waiting: ReadonlySet<string>,
): number {
  const readyTimes = inputsOf(stage).map((input) =>
    waiting.has(input) ? Infinity : (ends.get(input) ?? 0),
  );
  return Math.max(0, ...readyTimes);
}
