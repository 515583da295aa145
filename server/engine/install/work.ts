/** What every step of a set-up is given. */
import type { ProgramOptions } from "./run-program";

export interface Work {
  readonly signal: AbortSignal;
  /** A line for the user on what is being done now; a new one with the same beginning goes on with it. */
  readonly report: (line: string) => void;
  readonly onOutput: NonNullable<ProgramOptions["onOutput"]>;
}
