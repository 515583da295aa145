/** One measured figure, as `npm run bench -- --json` prints it. */
export interface BenchResult {
  /** "step/nano/time": bench, case, quantity. */
  readonly name: string;
  readonly value: number;
  /** "ms", "MB", "tokens/s", "%", … */
  readonly unit: string;
  /** The same quantity of whatever it is held against, measured in the same run; null where nothing is. */
  readonly reference: number | null;
  /** value / reference. For times and memory, below 1 is better than the reference. */
  readonly ratio: number | null;
}

export interface BenchContext {
  readonly signal: AbortSignal;
  /** Where the bundled workers lie. */
  readonly dist: URL;
  /** One line of progress; goes to stderr. */
  progress(message: string): void;
  /** Path of a Python with torch and transformers, which is installed at the first call. */
  python(): Promise<string>;
}

/** Each file of this folder exports one or several, and benches.ts lists them. */
export interface Bench {
  readonly name: string;
  /** What it measures and against what, for `--list`. */
  readonly summary: string;
  /** Whether it runs only when it is named. */
  readonly asked?: boolean;
  run(context: BenchContext): Promise<readonly BenchResult[]>;
}

/** What was measured, and beside it what it is held against. */
export interface Measurement {
  readonly value: number;
  readonly unit: string;
  readonly reference?: number;
}

/** Fills in the ratio. */
export function benchResult(name: string, measurement: Measurement): BenchResult {
  const { value, unit, reference = null } = measurement;
  return { name, value, unit, reference, ratio: reference === null ? null : value / reference };
}
