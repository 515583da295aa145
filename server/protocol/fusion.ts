/** Fusion from the editor: what would happen, then doing it. */
import { NotificationType, RequestType } from "vscode-jsonrpc";
import type { FusionMethod, Lineage, ModelDimensions } from "./checkpoint";

export interface FusionChoice {
  /** Absolute folders, in the order of the parts; a single one is fused with itself. */
  readonly parents: readonly string[];
  readonly method: FusionMethod;
  /** Of a single parent; 1 otherwise. */
  readonly copies: number;
  /** Off-diagonal noise, as a fraction of each kernel's own standard deviation; 0 leaves the blocks zero. */
  readonly fill: number;
}

export interface ModelSize {
  readonly name: string;
  readonly parameters: number;
  readonly dimensions: ModelDimensions;
}

export type FusionPreflight =
  | {
      readonly kind: "fits";
      readonly parents: readonly ModelSize[];
      readonly child: ModelSize;
      readonly exact: boolean;
      /** Some parents are the same model. */
      readonly twins: boolean;
      /** Sentences: what was not checked, what is left out. */
      readonly notes: readonly string[];
      readonly optimizer: "grow" | "reset";
      readonly diskBytes: number;
      readonly memoryBytes: number;
      /** Of the disk that the child goes to; absent where the system does not say. */
      readonly freeDiskBytes?: number;
      readonly freeMemoryBytes: number;
    }
  /** Every reason at once, a line each, with what to do about it. */
  | { readonly kind: "refused"; readonly faults: readonly string[] };

/** extension → server. Reads headers only; writes nothing. */
export const planFusionRequest = new RequestType<
  FusionChoice & { readonly directory: string },
  FusionPreflight,
  void
>("deepFusion/fusion/plan");

export interface FuseParams extends FusionChoice {
  /** Absolute; the child's folder, which must not be there yet. */
  readonly directory: string;
  readonly seed: number;
  /** Names the job in `fusionProgress`. */
  readonly job: string;
}

/** extension → server. Answers once the child is on disk and its receipt passed; cancelling leaves nothing. */
export const fuseRequest = new RequestType<FuseParams, Lineage, void>("deepFusion/fusion/fuse");

export interface JobProgress {
  readonly job: string;
  readonly label: string;
  readonly done: number;
  readonly of: number;
}

/** server → extension. How far a fusion, comparison, evaluation or answer is; some may be left out. */
export const jobProgress = new NotificationType<JobProgress>("deepFusion/job/progress");

export interface TensorDifference {
  readonly name: string;
  readonly shape: readonly number[];
  /** ||a - b|| / ||a||. */
  readonly relativeDifference: number;
  /** Cosine of the angle between the two, as vectors; 0 where one of them is zero. */
  readonly cosine: number;
}

export interface UnmatchedTensor {
  readonly name: string;
  readonly reason:
    | { readonly kind: "missing"; readonly in: "one" | "other" }
    | {
        readonly kind: "shapes";
        readonly one: readonly number[];
        readonly other: readonly number[];
      };
}

/** Parts of a fused checkpoint that a smaller one is compared with. */
export interface ComparedPart {
  /** Counted from 0. */
  readonly first: number;
  readonly count: number;
  /** Of the parents that they came from, where these brought one part each; [] else. */
  readonly names: readonly string[];
}

/** Two checkpoints tensor by tensor; or a small one with its part of a fused one, kernel by block. */
export interface ComparedPair {
  /** Places in the list of checkpoints; `one` is a, `other` b. */
  readonly one: number;
  readonly other: number;
  /** Of `other`; absent: all of it. */
  readonly part?: ComparedPart;
  readonly tensors: readonly TensorDifference[];
  readonly unmatched: readonly UnmatchedTensor[];
}

export interface Comparison {
  readonly pairs: readonly ComparedPair[];
  readonly heldout?: readonly HeldoutResult[];
  /** Why there are no held-out figures. */
  readonly heldoutProblem?: string;
}

export interface HeldoutResult {
  readonly checkpoint: string;
  readonly loss: number;
  readonly accuracy: number;
  readonly tokens: number;
}

/**
 * extension → server. At least two checkpoints: each with one of them, which is the fused one that the others are parts
 * of, or else the first; and all on the held-out text of the first run that has one.
 */
export const compareRequest = new RequestType<
  { readonly checkpoints: readonly string[]; readonly job: string },
  Comparison,
  void
>("deepFusion/compare");

/** extension → server. On the held-out text of the checkpoint's own run, or on a file of examples. */
export const evaluateRequest = new RequestType<
  { readonly checkpoints: readonly string[]; readonly examples?: string; readonly job: string },
  readonly HeldoutResult[],
  void
>("deepFusion/evaluate");
