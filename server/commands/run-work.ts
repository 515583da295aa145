/** What a run has still to do, supposed before any of it was measured. */
import { type Workload, workloadFlops, workloadOf } from "../calibration/workload";
import type { RunRecord } from "../protocol/run";
import type { RunPlan } from "../recipe/plan";
import type { ResolvedStage } from "../recipe/resolve";
import { trainingBytes } from "../training/memory";
import { stageSize } from "./estimate";
import type { Work } from "./side-by-side";

export interface PlannedRun {
  readonly plan: RunPlan;
  readonly stages: readonly ResolvedStage[];
  readonly previous: RunRecord | undefined;
}

/** Supposed of a core, to tell what is worth a trial, and what goes side by side where none was made. */
const flopsPerSecond = 2e10;
/** A process that loads, reads and compiles. */
const startSeconds = 1;

/** Other stages than trained ones take little beside their start. */
export function workOf({ plan, stages, previous }: PlannedRun): Work {
  const isSame = ({ name }: ResolvedStage) =>
    previous?.stages[name]?.inputs_sha256 === plan.hashes.get(name);
  const isDone = (stage: ResolvedStage) =>
    isSame(stage) && previous?.stages[stage.name]?.state === "done";
  return {
    stages,
    startSecondsOf: (stage) => (isDone(stage) ? 0 : startSeconds),
    secondsOf: (stage) => {
      const size = stageSize(stage, plan);
      if (size === undefined || isDone(stage)) return 0;
      const step = isSame(stage) ? (previous?.stages[stage.name]?.step ?? 0) : 0;
      return Math.max(0, 1 - step / size.steps) * (size.flops / flopsPerSecond);
    },
  };
}

/** Of a step, on a single thread. */
export function supposedSeconds(workload: Workload): number {
  return workloadFlops(workload) / flopsPerSecond;
}

/** What a step is of the train stage with the most left to do; undefined where nothing is. */
export function heaviestWorkload({ plan, stages }: PlannedRun, work: Work): Workload | undefined {
  const trains = stages.filter((stage) => stage.kind === "train");
  const [first] = trains.toSorted((a, b) => work.secondsOf(b) - work.secondsOf(a));
  const configuration = first && plan.configurations.get(first.name);
  if (configuration === undefined || work.secondsOf(first!) === 0) return undefined;
  return workloadOf(configuration, first!.settings);
}

/** Of the memory while it runs; of others than train stages next to nothing. */
export function bytesOf(stage: ResolvedStage, plan: RunPlan): number {
  const configuration = plan.configurations.get(stage.name);
  if (stage.kind !== "train" || configuration === undefined) return 0;
  const { settings, targets } = workloadOf(configuration, stage.settings);
  return trainingBytes(configuration, settings, targets);
}
