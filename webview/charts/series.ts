/** The numbers behind the curves, as the browser holds them: from report.html's columns or, live, from frames. */
import type { Cost } from "../../server/protocol/checkpoint";
import type { EventRecord, HeldoutRecord } from "../../server/protocol/metrics";

export type Quantity =
  | "step"
  | "loss"
  | "accuracy"
  | "learning_rate"
  | "gradient_norm"
  | "tokens"
  | "flops"
  | "seconds"
  | "memory_bytes";

/** Columns of equal length; `step` ascends. */
export type Series = Readonly<Record<Quantity, ArrayLike<number>>>;

/** One train stage with all that its curves need. */
export interface StageCurves {
  /** Unique among the runs shown. */
  readonly id: string;
  /** What the reader sees. */
  readonly label: string;
  /** Picks colour, mark and dash. */
  readonly styleIndex: number;
  readonly series: Series;
  readonly heldout: readonly HeldoutRecord[];
  readonly events: readonly EventRecord[];
  /** Whether it starts from a fused model. */
  readonly fused: boolean;
  /** What its ancestors cost. */
  readonly inherited: Cost;
}

/** Tokens a second of each step: the tokens it added over its seconds. */
export function tokensPerSecond(series: Series): Float64Array {
  const { tokens, seconds } = series;
  const speeds = new Float64Array(tokens.length);
  for (let i = 1; i < speeds.length; i++) speeds[i] = (tokens[i]! - tokens[i - 1]!) / seconds[i]!;
  // What came before the first step is not known: a resumed log may start anywhere.
  if (speeds.length > 0) speeds[0] = ((tokens[1] ?? NaN) - tokens[0]!) / seconds[0]!;
  return speeds;
}

/** Steps from one point to the next; more than 1 where a long log is shown at a glance. */
export function stepsPerPoint({ step }: Series): number {
  const { length } = step;
  return length < 2 ? 1 : Math.max(1, (step[length - 1]! - step[0]!) / (length - 1));
}
