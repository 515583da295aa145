/** Runs from the editor: starting them and telling them what to do. How they go is on the disk and the hub. */
import { RequestType } from "vscode-jsonrpc";

export interface StartRunParams {
  /** Absolute path of the recipe's file, as saved. */
  readonly recipe: string;
  /** Absolute; the run's folder. A run that is there already goes on, its finished stages are kept. */
  readonly folder: string;
  /** This stage and what it needs; absent: all. */
  readonly stage?: string;
  /** Stages side by side; at least 1. */
  readonly parallel: number;
  /** Of each stage; absent: the cores' share. */
  readonly threads?: number;
}

export interface RunFolder {
  readonly folder: string;
}

/** extension → server. Answers once the run holds its folder's lock; fails with what the runner says. */
export const startRun = new RequestType<StartRunParams, RunFolder, void>("deepFusion/runs/start");

/** extension → server. A stopped, paused or crashed run goes on exactly where it was. */
export const resumeRun = new RequestType<RunFolder, RunFolder, void>("deepFusion/runs/resume");

/** extension → server. Both save a checkpoint first; a paused run keeps its process and its place. */
export const controlRun = new RequestType<
  RunFolder & { readonly request: "pause" | "resume" | "stop" },
  void,
  void
>("deepFusion/runs/control");
