/** Whether it is worth it to try the ways in which a run could be computed, and what comes of it. */
import { availableParallelism } from "node:os";
import { calibrate, type Measured } from "../calibration/calibrate";
import { thisUsersSpeeds } from "../calibration/speeds-file";
import type { Workload } from "../calibration/workload";
import type { Candidate, EngineAtHand } from "../engine/candidates";
import { placeText } from "../protocol/place";
import type { RunChoice } from "../protocol/run";
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
      candidates.map(({ engine, device, card, threads }) => ({
        ...{ engine, device, threads },
        ...(card !== undefined && { card }),
      })),
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

/** As run.json keeps them: the chosen one first, then by their speed. */
export function recorded(
  measured: readonly Measured[],
  chosen?: Candidate,
): RunChoice["candidates"] {
  const isChosen = ({ candidate }: Measured) =>
    Number(chosen !== undefined && isSame(candidate, chosen));
  const sorted = measured.toSorted(
    (a, b) => isChosen(b) - isChosen(a) || stepMsOf(a) - stepMsOf(b),
  );
  return sorted.map(({ candidate: { engine, threads, ...place }, result }) => ({
    ...{ engine, device: placeText(place), threads },
    ...("stepMs" in result && { step_ms: result.stepMs }),
    ...("longerThanMs" in result && { longer_than_ms: result.longerThanMs }),
    ...("failed" in result && { failed: result.failed }),
  }));
}

/** How long a step takes, in milliseconds; Infinity where that is not known. */
export function stepMsOf({ result }: Measured): number {
  if ("stepMs" in result) return result.stepMs;
  return "longerThanMs" in result ? result.longerThanMs : Infinity;
}

export function distinct(candidates: readonly Candidate[]): readonly Candidate[] {
  return candidates.filter(
    (candidate, index) => candidates.findIndex((other) => isSame(candidate, other)) === index,
  );
}

export function isSame(one: Candidate, other: Candidate): boolean {
  return (["engine", "device", "card", "threads"] as const).every((key) => one[key] === other[key]);
}
