/** Between whoever times an engine and the process in which it is timed. */
import type { Candidate } from "../engine/candidates";
import type { StepTiming } from "./time-steps";
import type { Workload } from "./workload";

/** To the calibrator, once, right after the fork. */
export interface TrialJob {
  readonly candidate: Candidate;
  readonly workload: Workload;
  readonly budgetMs: number;
  /** Whether to tell which operators the device leaves to the CPU. */
  readonly listsOperators?: boolean;
}

/** From the calibrator: it is ready, then how it went. Whoever has heard that ends the process. */
export type TrialReport =
  | { readonly kind: "ready" }
  | {
      readonly kind: "timed";
      readonly timing: StepTiming;
      /** ONNX operators; absent where it was not asked, or the engine cannot tell. */
      readonly cpuOperators?: readonly string[];
    }
  | { readonly kind: "failed"; readonly reason: string };
