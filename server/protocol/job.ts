/** Between the language server and the process that does one piece of heavy work: fuse, compare, evaluate, generate, fetch. */
import type { Lineage } from "./checkpoint";
import type { Comparison, FuseParams, HeldoutResult } from "./fusion";
import type { GenerateParams, GenerateResult } from "./generation";
import type { TensorInspection } from "./tensor-requests";

/** server → job process, once, right after the fork. */
export type Job =
  | { readonly kind: "fuse"; readonly params: FuseParams }
  | { readonly kind: "inspect"; readonly path: string; readonly name: string }
  | { readonly kind: "fetch"; readonly text: string }
  | { readonly kind: "compare"; readonly checkpoints: readonly string[] }
  | {
      readonly kind: "evaluate";
      readonly checkpoints: readonly string[];
      readonly examples?: string;
    }
  | { readonly kind: "generate"; readonly params: GenerateParams };

export interface JobResults {
  readonly fetch: string;
  readonly fuse: Lineage;
  readonly inspect: TensorInspection;
  readonly compare: Comparison;
  readonly evaluate: readonly HeldoutResult[];
  readonly generate: readonly GenerateResult[];
}

/** job process → server; the last message is a result or a failure. */
export type JobMessage =
  | {
      readonly kind: "progress";
      readonly label: string;
      readonly done: number;
      readonly of: number;
    }
  | { readonly kind: "result"; readonly result: JobResults[keyof JobResults] }
  | { readonly kind: "failed"; readonly message: string };

/** server → job process: leave, and leave nothing behind. */
export interface JobCancel {
  readonly kind: "cancel";
}
