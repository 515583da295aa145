import type { Hub } from "../hugging-face/hub";

/** What all work in the job process is given. */
export interface Work {
  readonly signal: AbortSignal;
  /** @throws {HubError} its variables make no sense */
  readonly hub: () => Hub;
  readonly onProgress: (label: string, done: number, of: number) => void;
}

/** Of work that needs what is on this machine alone. */
export type LocalWork = Pick<Work, "signal" | "onProgress">;
