/** The x axes: what a point of a curve cost, in steps, tokens, FLOPs or device time. */
import type { Cost } from "../../server/protocol/checkpoint";
import { t } from "../l10n";
import { duration, shortNumber, wholeNumber } from "./format";
import { firstAtLeast } from "./search";
import type { Series, StageCurves } from "./series";

export type AxisKind = "step" | "tokens" | "flops" | "time";

export interface Axis {
  readonly title: string;
  /** Above exact figures, with the unit where the title does not say it. */
  readonly column: string;
  /** Of Cost: what the ancestors used. */
  readonly cost: keyof Cost;
  /** As it is read at a glance, along the axis. */
  readonly format: (value: number) => string;
  /** To the last digit, without its unit. */
  readonly exact: (value: number) => string;
  /** To the last digit, as words: where a reader points. */
  readonly reading: (value: number) => string;
}

export const axes: Readonly<Record<AxisKind, Axis>> = {
  step: {
    title: t("step"),
    column: t("step"),
    cost: "steps",
    format: wholeNumber,
    exact: wholeNumber,
    reading: (value) => t("step {0}", wholeNumber(value)),
  },
  tokens: {
    title: t("tokens"),
    column: t("tokens"),
    cost: "tokens",
    format: shortNumber,
    exact: wholeNumber,
    reading: (value) => t("{0} tokens", wholeNumber(value)),
  },
  flops: {
    title: t("FLOPs"),
    column: t("FLOPs"),
    cost: "flops",
    format: shortNumber,
    exact: wholeNumber,
    reading: (value) => t("{0} FLOPs", wholeNumber(value)),
  },
  time: {
    title: t("device time"),
    column: t("device time, s"),
    cost: "device_seconds",
    format: duration,
    exact: milliseconds,
    reading: (value) => t("{0} s of device time", milliseconds(value)),
  },
};

/** x of every step, [n]; the ancestors' cost is the offset where it counts. */
export function stepPositions(
  stage: StageCurves,
  kind: AxisKind,
  cost: "own" | "lineage",
): ArrayLike<number> {
  const start = startPosition(stage, kind, cost);
  const own = kind === "time" ? cumulative(stage.series.seconds) : stage.series[kind];
  if (start === 0) return own;
  const positions = new Float64Array(own.length);
  for (let i = 0; i < positions.length; i++) positions[i] = start + own[i]!;
  return positions;
}

/** x before the first step. */
export function startPosition(stage: StageCurves, kind: AxisKind, cost: "own" | "lineage"): number {
  return cost === "lineage" ? stage.inherited[axes[kind].cost] : 0;
}

/** x after a number of steps, given stepPositions(); step 0 is the start, a step not logged the next that is. */
export function positionAfter(
  step: number,
  series: Series,
  places: { readonly start: number; readonly positions: ArrayLike<number> },
): number {
  if (step <= 0 || places.positions.length === 0) return places.start;
  const index = Math.min(firstAtLeast(series.step, step), places.positions.length - 1);
  return places.positions[index]!;
}

function cumulative(values: ArrayLike<number>): Float64Array {
  const sums = new Float64Array(values.length);
  let sum = 0;
  for (let i = 0; i < values.length; i++) sums[i] = sum += values[i]!;
  return sums;
}

/** Of seconds, to the last millisecond: what a clock is good for. */
function milliseconds(seconds: number): string {
  return seconds.toLocaleString("en-US", { minimumFractionDigits: 3, maximumFractionDigits: 3 });
}
