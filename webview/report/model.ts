/** The report's stages as its sections need them: found by id, with their families, styles and numbers. */
import type { ReportPayload, ReportRun, ReportStage } from "../../server/protocol/report";
import { stageStyle, type StageStyle, type Theme } from "../charts/palette";
import type { StageCurves } from "../charts/series";
import { inheritedCost } from "../cost";
import { unpackSeries } from "./unpack";

export interface Stage extends ReportStage {
  /** Unique in the report. */
  readonly id: string;
  /** With the run's name where there are several. */
  readonly label: string;
  readonly run: ReportRun;
  readonly parentIds: readonly string[];
  /** In order of appearance; picks colour, mark and dash. */
  readonly index: number;
}

/** All stages of all runs; those that train come first in the order of styles, as they have curves. */
export function reportStages(payload: ReportPayload): Stage[] {
  const several = payload.runs.length > 1;
  const stages = payload.runs.flatMap((run, place) =>
    run.stages.map((stage) => ({
      ...stage,
      run,
      id: `${place}/${stage.name}`,
      label: several ? `${run.name} / ${stage.name}` : stage.name,
      parentIds: stage.parents.map((parent) => `${place}/${parent}`),
    })),
  );
  const order = [...stages].sort((a, b) => styleRank(a) - styleRank(b));
  return stages.map((stage) => ({ ...stage, index: order.indexOf(stage) }));
}

function styleRank({ record }: ReportStage): number {
  return record.kind === "train" ? 0 : 1;
}

export function styleOf({ index }: Stage, theme: Theme): StageStyle {
  return stageStyle(index, theme);
}

/** The stages that have curves. Unpacks their numbers: call it once. */
export function stageCurves(stages: readonly Stage[]): StageCurves[] {
  const byId = new Map(stages.map((stage) => [stage.id, stage]));
  return stages.flatMap((stage) => {
    const { id, label, series, heldout, events } = stage;
    if (series === undefined) return [];
    const fused = stage.parentIds.some((parent) => byId.get(parent)?.record.kind === "fuse");
    const inherited = inheritedCost(
      stage.record,
      [...ancestors(stage, byId)].map(({ record }) => record),
    );
    return [
      {
        id,
        label,
        styleIndex: stage.index,
        series: unpackSeries(series),
        heldout,
        events,
        fused,
        inherited,
      },
    ];
  });
}

export function ancestors(stage: Stage, byId: ReadonlyMap<string, Stage>): Set<Stage> {
  const found = new Set<Stage>();
  const visit = ({ parentIds }: Stage): void => {
    for (const id of parentIds) {
      const parent = byId.get(id);
      if (parent === undefined || found.has(parent)) continue;
      found.add(parent);
      visit(parent);
    }
  };
  visit(stage);
  return found;
}
