/** `run.json` in a run's folder: what the run is, and how far each stage got. */
import type { Cost } from "./checkpoint";

export type StageState = "waiting" | "running" | "stopped" | "failed" | "done";

export interface StageRecord {
  readonly kind: "train" | "fuse" | "import" | "evaluate";
  readonly state: StageState;
  /** SHA-256 over the stage's settings and its inputs' own hashes; a finished stage with the same one is not run again. */
  readonly inputs_sha256: string;
  /** Where it trained last: "cuda:1"; absent in what does not train, and in what older versions began. */
  readonly device?: string;
  /** Of the newest checkpoint, relative to the run's folder. */
  readonly checkpoint?: string;
  readonly step?: number;
  readonly steps?: number;
  /** Along the lineage; `own` is the stage's alone. */
  readonly cost?: Cost;
  readonly own_cost?: Cost;
  /** Of which float16 allowed no update; absent where there were none. */
  readonly skipped_batches?: number;
  /** Final held-out figures. */
  readonly heldout_loss?: number;
  readonly heldout_accuracy?: number;
  /** Evaluate stages: by name of the stage evaluated. */
  readonly results?: Readonly<
    Record<string, { readonly loss: number; readonly accuracy: number; readonly tokens: number }>
  >;
  readonly error?: string;
  /** What a running stage waits for, in words for the user: space on the disk; absent: it works. */
  readonly waits?: string;
}

/** Of a stage whose process has gone: it waits for nothing any more. */
export function withoutWaits(stage: StageRecord): StageRecord {
  const rest: { -readonly [Key in keyof StageRecord]: StageRecord[Key] } = { ...stage };
  delete rest.waits;
  return rest;
}

/** Why a run computes with what it does. */
export interface RunChoice {
  /**
   * "measured": it is the fastest of the candidates; "only": there was nothing to choose; "untried": the run was too
   * short to try the candidates; "kept": a run goes on as it began.
   */
  readonly why: "measured" | "only" | "untried" | "kept";
  /** What there was to choose from, the chosen one first where they were measured. */
  readonly candidates: readonly {
    readonly engine: string;
    readonly device: string;
    readonly threads: number;
    /** How long a step of the run's largest stage takes. */
    readonly step_ms?: number;
    /** It was not waited for longer. */
    readonly longer_than_ms?: number;
    /** Why it is not usable, in words for the user. */
    readonly failed?: string;
  }[];
}

export interface RunRecord {
  readonly version: 1;
  readonly name: string;
  readonly created_by: string;
  readonly started_at: string;
  readonly engine: string;
  /** Several with commas between: each trains a stage at a time, the first before others. */
  readonly device: string;
  /** Of each stage. */
  readonly threads: number;
  /** Absent in what older versions began. */
  readonly choice?: RunChoice;
  /** What `resume` needs to go on as the run began. */
  readonly resume?: {
    /** Absolute path of the recipe that was frozen; its relative paths start there. */
    readonly recipe_file: string;
    /** Stages side by side. */
    readonly parallel: number;
    /** Where not all stages were asked for: the one that was, with what it needs. */
    readonly stage?: string;
  };
  /** References to the Hugging Face Hub, as the recipe writes them, and the commits that they were. */
  readonly revisions?: Readonly<Record<string, string>>;
  /** What it was asked to do and does, or has done; absent: it simply runs, or has ended. */
  readonly control?: "pausing" | "paused" | "stopping";
  readonly stages: Readonly<Record<string, StageRecord>>;
}
