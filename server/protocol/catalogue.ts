/** What is on the disk: runs with their stages, checkpoints, tensors. Opened level by level, as the tree is. */
import { RequestType } from "vscode-jsonrpc";
import type { FusionSummary, Lineage, ModelDimensions } from "./checkpoint";
import type { StageRecord } from "./run";
import type { RunState } from "./runs";

export interface CatalogueRun {
  /** Absolute. */
  readonly directory: string;
  readonly name: string;
  /** ISO 8601. */
  readonly startedAt: string;
  /** As the hub shows it. */
  readonly state: RunState;
  /** In the recipe's order; a folder without a readable run.json has none, and says why in `problem`. */
  readonly stages: readonly CatalogueStage[];
  readonly problem?: string;
}

export interface CatalogueStage extends StageRecord {
  readonly name: string;
  /** Of a finished fuse stage. */
  readonly fusion?: FusionSummary;
}

export interface CatalogueCheckpoint {
  /** Absolute. */
  readonly directory: string;
  /** What the tree calls it: its step, or its folder. */
  readonly name: string;
  /** Absolute folder of its run, and the stage that made it. */
  readonly run?: string;
  readonly stage?: string;
  readonly step?: number;
  readonly fusion?: FusionSummary;
}

export interface Catalogue {
  readonly runs: readonly CatalogueRun[];
  /** Those that belong to no run. */
  readonly checkpoints: readonly CatalogueCheckpoint[];
  /** Roots that cannot be read. */
  readonly unreadable: readonly string[];
}

export interface CheckpointDetail {
  readonly directory: string;
  readonly parameters: number;
  /** Of all files of the folder. */
  readonly sizeBytes: number;
  readonly dimensions: ModelDimensions;
  readonly hasOptimizer: boolean;
  readonly tokenizerFiles: readonly string[];
  readonly tensors: readonly TensorDetail[];
  readonly lineage?: Lineage;
}

export interface TensorDetail {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly sizeBytes: number;
  /** The name of the file in the checkpoint's folder that holds it: a shard, or all there is. */
  readonly file: string;
}

/** extension → server. Runs and loose checkpoints under these folders; a run's own folder is not walked. */
export const listCatalogue = new RequestType<
  { readonly roots: readonly string[] },
  Catalogue,
  void
>("deepFusion/catalogue");

/** extension → server. A stage's checkpoints, oldest first. */
export const listStage = new RequestType<
  { readonly run: string; readonly stage: string },
  readonly CatalogueCheckpoint[],
  void
>("deepFusion/catalogue/stage");

/** extension → server. Reads the small files and the header only, whatever the size. */
export const describeCheckpoint = new RequestType<
  { readonly directory: string },
  CheckpointDetail,
  void
>("deepFusion/catalogue/checkpoint");
