/**
 * "reached the baseline's loss with x % less": what a fused model and its ancestors cost until its held-out loss was
 * as low as the baseline's lowest, beside what the baseline had cost when it got there.
 */
import type { RunStatus } from "../../server/protocol/runs";
import { lossNumber } from "../charts/format";
import type { PlacedStage } from "../charts/curves";
import { positionAfter } from "../charts/axis";
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

/** "wide reached baseline's held-out loss 2.301 with 31 % less device time, parents included". */
export function baselineSentence(result: BaselineResult, cost: string, parents: string): string {
  const { stage, baseline, loss, baselineX, x, best } = result;
  const name = stage.stage.label;
  const other = baseline.stage.label;
  const lowest = lossNumber(loss);
  if (x === undefined) {
    const [own, others] = [lossNumber(best), lowest];
    return t("{0} is at held-out loss {1}; {2}'s lowest so far is {3}.", name, own, other, others);
  }
  return t(
    "{0} reached {1}'s lowest held-out loss {2} with {3}, {4}.",
    ...[name, other, lowest, costText(x / baselineX, cost), parents],
  );
}

/** "31 % less device time". */
function costText(share: number, cost: string): string {
  const difference = Math.round(100 * Math.abs(1 - share));
  if (difference === 0 || !Number.isFinite(share)) return t("as much {0}", cost);
  return share < 1 ? t("{0} % less {1}", difference, cost) : t("{0} % more {1}", difference, cost);
}

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
