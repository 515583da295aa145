export interface InstalledPython {
  readonly interpreter: string;
  /** For PYTHONPATH, where it stands before the environment's own transformers. */
  readonly transformers4: string;
}

/** Undefined where it has not been made. Starts nothing. */
export function installedPython(): InstalledPython | undefined;

/** Whether there is one, or can be. */
export function hasPython(): boolean;

/** What is said of the tests on a machine without. */
export const leftOut: string;
