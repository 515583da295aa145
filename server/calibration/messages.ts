/** Between whoever times an engine and the process in which it is timed. */
import type { Candidate } from "../engine/candidates";
import type { StepTiming } from "./time-steps";
import type { Workload } from "./workload";

/** To the calibrator, once, right after the fork. */
export interface TrialJob {
  readonly candidate: Candidate;
  readonly workload: Workload;
  readonly budgetMs: number;
}

/** From the calibrator, in this order; where it fails it says why on stderr and ends with a code. */
export type TrialReport =
  { readonly kind: "ready" } | { readonly kind: "timed"; readonly timing: StepTiming };
