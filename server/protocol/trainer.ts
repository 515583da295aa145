/** Between whoever runs a recipe (command line, language server) and the process that executes one stage. */
import type { EventRecord, HeldoutRecord, StepRecord } from "./metrics";
import type { StageRecord } from "./run";

/** runner → trainer, once, right after the fork. */
export interface StageJob {
  readonly kind: "job";
  /** Absolute path of the run's folder, which holds the frozen recipe. */
  readonly run: string;
  readonly stage: string;
  readonly engine: "auto" | "graph" | "tensorflow";
  readonly device: "cpu" | "webgpu" | "cuda" | "dml" | "coreml";
  /** Of several CUDA cards: its number, as the driver counts them; absent: the first. */
  readonly card?: number;
  readonly threads: number;
  /** What the trainer does when the runner goes away. */
  readonly onDisconnect: "stop" | "continue";
}

/** runner → trainer. "stop": save a checkpoint and leave; "abort": leave at once. */
export interface StageCommand {
  readonly kind: "stop" | "abort";
}

/** trainer → runner. Step reports may be dropped (newest wins); the others never are. */
export type StageReport =
  | { readonly kind: "step"; readonly record: StepRecord }
  | { readonly kind: "heldout"; readonly record: HeldoutRecord }
  | { readonly kind: "event"; readonly record: EventRecord }
  /** It waits for something, in words for the user; without a reason: it goes on. */
  | { readonly kind: "waits"; readonly reason?: string }
  /** How many batches it has skipped so far, of which float16 allowed no update. */
  | { readonly kind: "skips"; readonly batches: number }
  | {
      readonly kind: "progress";
      readonly label: string;
      readonly done: number;
      readonly of: number;
    }
  | { readonly kind: "finished"; readonly stage: StageRecord };
