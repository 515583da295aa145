/**
 * "reached the baseline's loss with x % less": what a fused model and its ancestors cost until its held-out loss was
 * as low as the baseline's lowest, beside what the baseline had cost when it got there.
 */
import type { RunStatus } from "../../server/protocol/runs";
import { lossNumber } from "../charts/format";
import type { PlacedStage } from "../charts/curves";
import { positionAfter, type AxisKind } from "../charts/axis";
import { t } from "../l10n";
import { ancestorsOf, descendsFromFusion, type LiveStage } from "./stages";

export interface BaselineResult {
  readonly stage: PlacedStage;
  readonly baseline: PlacedStage;
  /** The baseline's lowest held-out loss so far. */
  readonly loss: number;
  /** Where the baseline reached it, on the axis. */
  readonly baselineX: number;
  /** Where the stage was first as low; undefined: not yet. */
  readonly x: number | undefined;
  /** Lowest held-out loss of the stage so far. */
  readonly best: number;
}

/**
 * The stage that starts from scratch and costs most per token: a baseline is as wide as the fused model, the parents
 * are not. None where nothing is fused.
 */
export function baselineOf(run: RunStatus, stages: readonly LiveStage[]): LiveStage | undefined {
  const own = stages.filter(({ stream }) => stream.run === run.folder);
  const fused = own.filter(
    ({ record }) => record.kind === "train" && descendsFromFusion(record, run),
  );
  const parents = new Set(
    fused.flatMap(({ record }) => ancestorsOf(record, run).map(({ name }) => name)),
  );
  const fresh = own.filter(
    ({ record, curves }) =>
      record.kind === "train" &&
      (record.parents ?? []).length === 0 &&
      !parents.has(record.name) &&
      (curves?.heldout.length ?? 0) > 0,
  );
  if (fused.length === 0) return undefined;
  return fresh.sort((a, b) => flopsPerToken(b) - flopsPerToken(a))[0];
}

/** Undefined where either has no held-out figures. */
export function againstBaseline(
  stage: PlacedStage,
  baseline: PlacedStage,
): BaselineResult | undefined {
  const lowest = lowestOf(baseline);
  const own = lowestOf(stage);
  if (lowest === undefined || own === undefined) return undefined;
  const first = stage.stage.heldout.find((record) => record.heldout_loss <= lowest.heldout_loss);
  return {
    stage,
    baseline,
    loss: lowest.heldout_loss,
    baselineX: positionAfter(lowest.step, baseline.stage.series, baseline),
    x: first && positionAfter(first.step, stage.stage.series, stage),
    best: own.heldout_loss,
  };
}

/** "wide reached baseline's lowest held-out loss 2.301 with 31 % less device time, parents included". */
export function baselineSentence(
  result: BaselineResult,
  axis: AxisKind,
  cost: "own" | "lineage",
): string {
  const { stage, baseline, loss, baselineX, x, best } = result;
  const name = stage.stage.label;
  const other = baseline.stage.label;
  const lowest = lossNumber(loss);
  if (x === undefined) {
    const [own, others] = [lossNumber(best), lowest];
    return t("{0} is at held-out loss {1}; {2}'s lowest so far is {3}.", name, own, other, others);
  }
  const parents = cost === "lineage" ? t("parents included") : t("parents not counted");
  return t(
    "{0} reached {1}'s lowest held-out loss {2} with {3}, {4}.",
    ...[name, other, lowest, costText(x / baselineX, axis), parents],
  );
}

/** "31 % less device time", "20 % fewer steps". */
function costText(share: number, axis: AxisKind): string {
  const difference = Math.round(100 * Math.abs(1 - share));
  const { same, less, more } = comparisons[axis];
  if (difference === 0 || !Number.isFinite(share)) return same;
  return share < 1 ? less(difference) : more(difference);
}

interface CostComparison {
  readonly same: string;
  readonly less: (percent: number) => string;
  readonly more: (percent: number) => string;
}

/** Whole sentences' parts: what is counted is fewer, what is measured is less, and other languages differ elsewhere. */
const comparisons: Readonly<Record<AxisKind, CostComparison>> = {
  step: {
    same: t("as many steps"),
    less: (percent) => t("{0} % fewer steps", percent),
    more: (percent) => t("{0} % more steps", percent),
  },
  tokens: {
    same: t("as many tokens"),
    less: (percent) => t("{0} % fewer tokens", percent),
    more: (percent) => t("{0} % more tokens", percent),
  },
  flops: {
    same: t("as many FLOPs"),
    less: (percent) => t("{0} % fewer FLOPs", percent),
    more: (percent) => t("{0} % more FLOPs", percent),
  },
  time: {
    same: t("as much device time"),
    less: (percent) => t("{0} % less device time", percent),
    more: (percent) => t("{0} % more device time", percent),
  },
};

function lowestOf({ stage }: PlacedStage): PlacedStage["stage"]["heldout"][number] | undefined {
  let lowest: PlacedStage["stage"]["heldout"][number] | undefined;
  for (const record of stage.heldout)
    if (record.heldout_loss < (lowest?.heldout_loss ?? Infinity)) lowest = record;
  return lowest;
}

function flopsPerToken({ curves }: LiveStage): number {
  const last = (curves?.series.step.length ?? 0) - 1;
  if (curves === undefined || last < 0) return 0;
  return curves.series.flops[last]! / curves.series.tokens[last]!;
}
