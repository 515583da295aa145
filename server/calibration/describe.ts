/** Candidates and their figures in words for the user. */
import type { Candidate } from "../engine/candidates";
import type { RunChoice } from "../protocol/run";
import type { TrialResult } from "./trial";

/** "graph on cpu, 2 threads". */
export function candidateText({
  engine,
  device,
  threads,
}: Pick<Candidate, "threads"> & { readonly engine: string; readonly device: string }): string {
  return `${engine} on ${device}, ${threads === 1 ? "1 thread" : `${threads} threads`}`;
}

/** "170 ms a step". */
export function stepText(result: TrialResult): string {
  if ("stepMs" in result) return `${timeText(result.stepMs)} a step`;
  if ("longerThanMs" in result) return `more than ${timeText(result.longerThanMs)} a step`;
  return `not usable: ${result.failed}`;
}

/** Why a run computes with what it does, as a sentence; undefined where there was nothing to choose. */
export function choiceText({ why, candidates }: RunChoice): string | undefined {
  const compared = candidates.map(comparedText).join("; ");
  switch (why) {
    case "measured":
      return `Chosen by trial: ${compared}`;
    case "untried":
      return compared === ""
        ? undefined
        : `Also set up, but not tried, as the run is short: ${compared}`;
    case "kept":
      return compared === "" ? undefined : `As the run began: ${compared}`;
    case "only":
      return undefined;
    default:
      return why satisfies never;
  }
}

function comparedText(candidate: RunChoice["candidates"][number]): string {
  const { step_ms, longer_than_ms, failed } = candidate;
  const text = candidateText(candidate);
  if (step_ms !== undefined) return `${text}: ${timeText(step_ms)} a step`;
  if (longer_than_ms !== undefined) return `${text}: more than ${timeText(longer_than_ms)}`;
  return failed === undefined ? text : `${text}: not usable (${failed})`;
}

function timeText(ms: number): string {
  return ms < 10_000 ? `${Number(ms.toPrecision(3))} ms` : `${(ms / 1000).toFixed(1)} s`;
}
