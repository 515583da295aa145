/** What report.html shows (and the dashboard, which fills it live): run folders, parsed and packed. */
import type { Cost, Lineage } from "./checkpoint";
import type { EventRecord, HeatMap, HeldoutRecord, KernelRecord, StepRecord } from "./metrics";
import type { StageRecord } from "./run";

/** run folders → report.html, in one JSON script element. */
export interface ReportPayload {
  readonly version: 1;
  readonly createdBy: string;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly runs: readonly ReportRun[];
}

export interface ReportRun {
  readonly name: string;
  readonly createdBy: string;
  readonly startedAt: string;
  readonly engine: string;
  readonly device: string;
  readonly threads: number;
  /** Parents before children. */
  readonly stages: readonly ReportStage[];
  readonly comparisons: readonly Comparison[];
  /** What the comparisons' figures say, and no more: sentences, the same as on the command line. */
  readonly conclusions: readonly string[];
}

export interface ReportStage {
  readonly name: string;
  readonly record: StageRecord;
  /** Names of the stages that it takes its weights from, in the recipe's order; evaluate: that it looks at. */
  readonly parents: readonly string[];
  /** Of its newest checkpoint. */
  readonly lineage?: Lineage;
  /** Number of parameters, and a few words: "T5 v1.0, 2+2 layers, d_model 96". */
  readonly parameters?: number;
  readonly model?: string;
  readonly series?: PackedSeries;
  readonly heldout: readonly HeldoutRecord[];
  readonly kernels: readonly KernelRecord[];
  readonly events: readonly EventRecord[];
  readonly heatMaps: readonly PackedHeatMap[];
  /** Recorded, but left out to bound the size of the file. */
  readonly omittedHeatMaps: number;
}

/** Quantities of a train stage, one value a step; names as in StepRecord. */
export type PackedSeries = Readonly<Record<keyof StepRecord, Column>>;

/** Base64 is of little-endian values. "linear" is exact: first + i * increment. */
export type Column =
  | { readonly kind: "float32" | "float64"; readonly base64: string }
  | {
      readonly kind: "linear";
      readonly first: number;
      readonly increment: number;
      readonly count: number;
    };

/** A HeatMap whose values are int16 in units of maxAbs / 32767, little-endian, in base64. */
export interface PackedHeatMap extends Omit<HeatMap, "values"> {
  readonly maxAbs: number;
  readonly base64: string;
}

/** One evaluate stage: what it compared, against which baseline. */
export interface Comparison {
  readonly stage: string;
  /** The stage that starts from scratch at the children's width, where there is one. */
  readonly baseline?: string;
  readonly rows: readonly ComparisonRow[];
}

export interface ComparisonRow {
  readonly stage: string;
  /** Held-out loss before the stage's first step. */
  readonly startLoss?: number;
  /** Step at which the baseline first was as good as `startLoss`; absent: never, or the baseline itself. */
  readonly baselineStepAtStart?: number;
  readonly loss: number;
  readonly accuracy: number;
  /** Target tokens evaluated. */
  readonly evaluatedTokens: number;
  /** Steps at the width of the baseline; 0 for a small model. */
  readonly wideSteps: number;
  /** With the parents' cost. */
  readonly cost: Cost;
  /** Without. */
  readonly ownCost: Cost;
}
