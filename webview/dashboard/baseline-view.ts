/** How fused models do beside their run's baseline: in sentences, and as notes on the loss chart. */
import type { RunStatus } from "../../server/protocol/runs";
import type { ChartNote } from "../charts/chart-frame";
import type { PlacedStage } from "../charts/curves";
import type { CurvesState } from "../charts/curve-controls";
import { element } from "../dom";
import { t } from "../l10n";
import { againstBaseline, baselineOf, baselineSentence, type BaselineResult } from "./baseline";
import { descendsFromFusion, type LiveStage } from "./stages";

export interface BaselineScene {
  readonly runs: readonly RunStatus[];
  readonly stages: readonly LiveStage[];
  /** As placed on the axis. */
  readonly placed: readonly PlacedStage[];
}

export class BaselineView {
  readonly root = element("div", { class: "summary", role: "status" });

  show(scene: BaselineScene, { axis, cost }: Pick<CurvesState, "axis" | "cost">): void {
    const texts = resultsOf(scene).map((result) => baselineSentence(result, axis, cost));
    const before = [...this.root.children].map(({ textContent }) => textContent);
    if (JSON.stringify(before) === JSON.stringify(texts)) return;
    this.root.replaceChildren(...texts.map((text) => element("p", { class: "notice good" }, text)));
  }
}

/** The level of each baseline's lowest loss, and the points where fused models reached it. */
export function baselineNotes(scene: BaselineScene): ChartNote[] {
  const results = resultsOf(scene);
  const baselines = new Map(results.map((result) => [result.baseline.stage.id, result]));
  const levels = [...baselines.values()].map(
    ({ baseline, loss }) =>
      ({
        kind: "level",
        y: loss,
        label: t("lowest of {0}", baseline.stage.label),
        style: baseline.style,
      }) as const,
  );
  const points = results.flatMap(({ stage, x, loss }) =>
    x === undefined
      ? []
      : [{ kind: "point", x, y: loss, label: stage.stage.label, style: stage.style } as const],
  );
  return [...levels, ...points];
}

/** Of every stage that descends from a fusion, beside its run's baseline. */
function resultsOf({ runs, stages, placed }: BaselineScene): BaselineResult[] {
  return runs.flatMap((run) => {
    const baseline = baselineOf(run, stages);
    const base = placed.find(({ stage }) => stage.id === baseline?.id);
    if (base === undefined) return [];
    return placed.flatMap((each) => {
      const stage = stages.find(({ id }) => id === each.stage.id);
      const isChild = stage?.stream.run === run.folder && descendsFromFusion(stage.record, run);
      return isChild ? (againstBaseline(each, base) ?? []) : [];
    });
  });
}
