/** What all work in the job process is given. */
export interface Work {
  readonly signal: AbortSignal;
  readonly onProgress: (label: string, done: number, of: number) => void;
}
