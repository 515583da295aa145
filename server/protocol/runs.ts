/** Runs from the editor: where they are and how they go, starting them, and telling them what to do. */
import { NotificationType, RequestType } from "vscode-jsonrpc";
import type { FusionSummary } from "./checkpoint";
import type { StepRecord } from "./metrics";
import type { StageRecord } from "./run";

/**
 * "pausing", "stopping": asked for, each stage is still saving; a run whose process died is "failed" once its
 * trainers have gone too.
 */
export type RunState =
  "starting" | "running" | "pausing" | "paused" | "stopping" | "stopped" | "failed" | "done";

export interface StageStatus extends StageRecord {
  readonly name: string;
  /** Names of the stages that it takes its weights from (evaluate: that it looks at), as the recipe says. */
  readonly parents?: readonly string[];
  /** Of a finished fuse stage. */
  readonly fusion?: FusionSummary;
  /** Newest step record on the disk, at most about a second old while the stage runs. */
  readonly latest?: StepRecord;
  /** Over the last steps, in inputs and targets; only while the stage runs. */
  readonly tokensPerSecond?: number;
  /** To the stage's last step at that speed. */
  readonly secondsLeft?: number;
}

export interface RunStatus {
  /** Absolute; names the run everywhere. */
  readonly folder: string;
  readonly name: string;
  readonly state: RunState;
  /** Why it failed, in words for the user; or why its record cannot be read. */
  readonly reason?: string;
  /** Why nothing goes on at the moment though it runs, and when it will: a full disk, in words for the user. */
  readonly waits?: string;
  /** `resumeRun` goes on with it: it is paused, stopped or failed, and not all stages are done. */
  readonly resumable: boolean;
  /** Of the process that runs it. */
  readonly pid?: number;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly engine: string;
  readonly device: string;
  readonly threads: number;
  /** Why it computes with these, as it was measured, in words for the user; absent where there was no choice. */
  readonly choice?: string;
  /** Absolute path of the recipe that was frozen; the file may have gone. */
  readonly recipe?: string;
  /** The recipe's file is no longer what runs: the frozen copy goes on. */
  readonly recipeChanged: boolean;
  /** In the recipe's order. */
  readonly stages: readonly StageStatus[];
  /** Absolute path of what the run's process has said, where the editor started it. */
  readonly log?: string;
}

export interface StartRunParams {
  /** Absolute path of the recipe's file, as saved. */
  readonly recipe: string;
  /** Absolute; the run's folder. A run that is there already goes on, its finished stages are kept. */
  readonly folder: string;
  /** This stage and what it needs; absent: all. */
  readonly stage?: string;
  /** Stages side by side at most; absent: as many as are done first. */
  readonly parallel?: number;
  /** Of each stage; absent: the cores' share. */
  readonly threads?: number;
  /** What computes; absent: whatever is fastest, or what a run that goes on began with. */
  readonly engine?: "graph" | "tensorflow";
  /** Where, as --device takes it: "cpu,webgpu"; absent: whatever is fastest, or where a run that goes on began. */
  readonly device?: string;
}

export interface RunFolder {
  /** Absolute. */
  readonly folder: string;
}

/** extension → server. Those under the workspace's folders, and those started or added; newest first. */
export const listRuns = new RequestType<void, readonly RunStatus[], void>("deepFusion/runs/list");

/** server → extension. All runs, whenever something about one has changed; at most twice a second, the last is sent. */
export const runsChanged = new NotificationType<{ readonly runs: readonly RunStatus[] }>(
  "deepFusion/runs/changed",
);

/** extension → server. Answers once the run has begun; fails with what the runner says, a recipe's problems above all. */
export const startRun = new RequestType<StartRunParams, RunFolder, void>("deepFusion/runs/start");

/** extension → server. A stopped, paused or crashed run goes on exactly where it was. */
export const resumeRun = new RequestType<RunFolder, RunFolder, void>("deepFusion/runs/resume");

export type ControlRequest = "pause" | "resume" | "stop";

/**
 * extension → server. Both pause and stop save first. A paused run keeps its process and its place, and gives its
 * memory back. A second stop does not wait for stages to save. Answers once the request is on the disk; the run's state says when it is carried out.
 */
export const controlRun = new RequestType<
  RunFolder & { readonly request: ControlRequest },
  void,
  void
>("deepFusion/runs/control");

/** extension → server. A run outside the workspace's folders is shown from now on. */
export const addRun = new RequestType<RunFolder, RunStatus, void>("deepFusion/runs/add");

/** extension → server. It is no longer shown; nothing is deleted. Those in the workspace's folders stay. */
export const forgetRun = new RequestType<RunFolder, void, void>("deepFusion/runs/forget");

/** What becomes of running runs that the editor started when its window closes: the setting deepFusion.run.onClose. */
export type OnClose = "continue" | "stop";
