/** One train stage: from a new model or a checkpoint to the stage's last step, in its own folder. */
import type { T5Configuration } from "../checkpoint/configuration";
import type { Engine } from "../engine/engine";
import type { Cost } from "../protocol/checkpoint";
import type { HeldoutRecord, StepRecord } from "../protocol/metrics";
import type { StageReport } from "../protocol/trainer";
import type { TrainSettings } from "./settings";

export type TrainStart =
  | { readonly kind: "initialise"; readonly configuration: T5Configuration }
  | {
      readonly kind: "checkpoint";
      /** Name of the stage that wrote it, for the lineage. */
      readonly name: string;
      readonly directory: string;
      /** "carry": go on with its optimizer state, where it has one of this stage's optimizer. */
      readonly optimizer: "carry" | "reset";
    };

/** Time, passed in so that tests need not wait. */
export interface Clock {
  /** Milliseconds; only differences mean something. */
  now(): number;
  /** Resolves early when the signal aborts. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

export interface TrainOptions {
  readonly engine: Engine;
  readonly settings: TrainSettings;
  readonly start: TrainStart;
  /** The stage's folder: step-XXXXXXXX/, log.jsonl, heatmaps.bin. It resumes from the newest whole checkpoint. */
  readonly directory: string;
  /** The data worker's bundle. */
  readonly dataWorker: URL;
  /** For the lineage: "deep-fusion 0.1.0". */
  readonly createdBy: string;
  readonly clock: Clock;
  /** Stop: the step in progress ends, a checkpoint is saved, and the result says "stopped". */
  readonly signal?: AbortSignal;
  readonly report?: (report: StageReport) => void;
  /** Checkpoints kept beside the newest one; 1 unless given. */
  readonly olderCheckpoints?: number;
}

export interface TrainResult {
  readonly state: "done" | "stopped";
  readonly step: number;
  /** Path of the newest checkpoint. */
  readonly checkpoint: string;
  /** Absent where a finished stage was only looked up. */
  readonly record?: StepRecord;
  readonly heldout?: HeldoutRecord;
  /** The stage's own cost, and the cost along the lineage. */
  readonly ownCost: Cost;
  readonly cost: Cost;
}

/** @throws {RangeError} the loss or a gradient is not finite: names the step and the first tensor */
export function trainStage(options: TrainOptions): Promise<TrainResult> {
  return Promise.reject(new Error(`Cannot train into ${options.directory}: not there yet`));
}
