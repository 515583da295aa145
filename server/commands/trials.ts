/** Whether it is worth it to try the ways in which a run could be computed, and what comes of it. */
import { availableParallelism } from "node:os";
import { calibrate, type Measured } from "../calibration/calibrate";
import { thisUsersSpeeds } from "../calibration/speeds-file";
import type { Workload } from "../calibration/workload";
import type { Candidate, EngineAtHand } from "../engine/candidates";
import type { Services } from "./services";
import type { Work } from "./side-by-side";

export type TrialServices = Pick<
  Services,
  "output" | "calibrator" | "createdBy" | "stopping" | "now"
>;

interface MeasureOptions {
  readonly engines: readonly EngineAtHand[];
  readonly work: Work;
  /** Undefined: nothing is left to do. */
  readonly workload: Workload | undefined;
}

const secondsPerTrial = 2;
const mostShare = 0.05;

/** What is known of the candidates, or found out where that is worth it; of fewer than two nothing. */
export async function measure(
  candidates: readonly Candidate[],
  { engines, work, workload }: MeasureOptions,
  { output, calibrator, createdBy, stopping, now }: TrialServices,
): Promise<readonly Measured[]> {
  if (candidates.length < 2 || workload === undefined) return [];
  const total = work.stages.reduce((sum, stage) => sum + work.secondsOf(stage), 0);
  const seconds = total / availableParallelism();
  return calibrate({
    candidates: distinct(
      candidates.map(({ engine, device, threads }) => ({ engine, device, threads })),
    ),
    ...{ engines, calibrator, createdBy, now, signal: stopping },
    workload,
    speedsFile: thisUsersSpeeds(),
    isWorth: (trials) => trials * secondsPerTrial <= mostShare * seconds,
    say: (line) => {
      output.message(line);
    },
  });
}

export function distinct(candidates: readonly Candidate[]): readonly Candidate[] {
  return candidates.filter(
    (candidate, index) => candidates.findIndex((other) => isSame(candidate, other)) === index,
  );
}

export function isSame(one: Candidate, other: Candidate): boolean {
  return (
    one.engine === other.engine && one.device === other.device && one.threads === other.threads
  );
}
