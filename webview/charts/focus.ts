/** The part of the y axis where curves differ: the first steps of a fresh model would squeeze all else into a line. */
import type { CurveKind } from "./curves";
import type { Line } from "./chart-frame";
import { firstAtLeast } from "./search";

export type YFocus = "later" | "all";

/** Share of a stage that counts as its start. */
const startShare = 0.08;

/**
 * Bounds of y that hold every line from `startShare` of its length on, with a little air; none where the kind
 * of curve does not start far off, or all is wanted.
 */
export function focusRange(
  lines: readonly Line[],
  { startsFar }: CurveKind,
  focus: YFocus,
): { readonly min?: number; readonly max?: number } {
  if (startsFar === undefined || focus === "all") return {};
  let low = Infinity;
  let high = -Infinity;
  for (const { x, y, role } of lines) {
    if (role === "raw") continue;
    const start = x[0]! + startShare * (x[x.length - 1]! - x[0]!);
    for (let i = firstAtLeast(x, start); i < y.length; i++) {
      const value = y[i]!;
      if (!Number.isFinite(value)) continue;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  if (low >= high) return {};
  const air = 0.05 * (high - low);
  return startsFar === "above" ? { max: high + air } : { min: low - air };
}
