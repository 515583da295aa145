/** What every command is given by its entry point. */
import type { Hub } from "../hugging-face/hub";
import type { Trainers } from "../recipe/trainers";
import type { Output } from "./output";

export interface Services {
  readonly output: Output;
  /** What relative paths on the command line start from. */
  readonly directory: string;
  /** "deep-fusion 0.1.0". */
  readonly createdBy: string;
  /** Bundles beside the entry point. */
  readonly trainer: URL;
  readonly calibrator: URL;
  readonly dataWorker: URL;
  readonly fusionWorker: URL;
  readonly reportAssets: URL;
  /** The Hugging Face Hub, as the environment names it. @throws {HubError} it makes no sense */
  readonly hub: () => Hub;
  readonly now: () => Date;
  /** First Ctrl-C, or SIGTERM: save and stop. */
  readonly stopping: AbortSignal;
  /** Second Ctrl-C: leave at once. */
  readonly killing: AbortSignal;
}

export interface RunServices extends Services {
  readonly trainers: Trainers;
}

/** A command's end: 0 done, 1 failed. Wrong usage, 2, never gets as far as a command. */
export type ExitCode = 0 | 1;
