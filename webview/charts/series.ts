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
  return Float64Array.from({ length: tokens.length }, (_, i) => {
    const added = i > 0 ? tokens[i]! - tokens[i - 1]! : (tokens[1] ?? NaN) - tokens[0]!;
    return added / seconds[i]!;
  });
}
