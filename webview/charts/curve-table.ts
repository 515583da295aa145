/** A chart's figures as a table: every validation, and training steps at even distances. */
import { t } from "../l10n";
import { eventNames } from "../states";
import { axes, positionAfter, type AxisKind } from "./axis";
import type { CurveKind, PlacedStage } from "./curves";
import { exactNumber, wholeNumber } from "./format";
import { firstAtLeast } from "./search";
import type { StageCurves } from "./series";
import { dataTable } from "../dom";

/** Training steps shown of each stage, besides the validated ones. */
const trainingRows = 24;

export function curveTable(
  kind: CurveKind,
  placed: readonly PlacedStage[],
  axis: AxisKind,
): HTMLElement {
  const { heldout } = kind;
  return dataTable(
    `${kind.title}${kind.yTitle === "" ? "" : `, ${kind.yTitle}`}`,
    [
      { title: t("stage"), kind: "text" },
      { title: t("step"), kind: "number" },
      { title: axis === "step" ? t("place on the axis") : axes[axis].column, kind: "number" },
      { title: t("training"), kind: "number" },
      ...(heldout === undefined ? [] : [{ title: t("held-out"), kind: "number" } as const]),
    ],
    placed.flatMap((stage) => stageRows(kind, stage, axis)),
  );
}

/** What happened to each stage: started, saved, resumed, ended. */
export function eventTable(stages: readonly StageCurves[]): HTMLElement {
  return dataTable(
    t("Events"),
    [
      { title: t("stage"), kind: "text" },
      { title: t("step"), kind: "number" },
      { title: t("event"), kind: "text" },
      { title: t("detail"), kind: "text" },
    ],
    stages.flatMap(({ label, events }) =>
      events.map(({ step, event, detail }) => [
        label,
        wholeNumber(step),
        eventNames[event],
        detail ?? "",
      ]),
    ),
  );
}

function stageRows(kind: CurveKind, placed: PlacedStage, axis: AxisKind): string[][] {
  const { stage } = placed;
  const values = kind.values(stage.series);
  const { heldout } = kind;
  const validated = new Map(
    heldout === undefined ? [] : stage.heldout.map((record) => [record.step, record[heldout]]),
  );
  const steps = new Set([...validated.keys(), ...evenSteps(stage.series.step)]);
  return [...steps]
    .sort((a, b) => a - b)
    .map((step) => {
      const index = firstAtLeast(stage.series.step, step);
      const logged = stage.series.step[index] === step ? values[index] : undefined;
      return [
        stage.label,
        wholeNumber(step),
        axes[axis].exact(positionAfter(step, stage.series, placed)),
        shown(logged),
        ...(heldout === undefined ? [] : [shown(validated.get(step))]),
      ];
    });
}

function evenSteps(steps: ArrayLike<number>): number[] {
  const count = Math.min(trainingRows, steps.length);
  return Array.from(
    { length: count },
    (_, i) => steps[Math.round((i * (steps.length - 1)) / Math.max(1, count - 1))]!,
  );
}

function shown(value: number | undefined): string {
  return value === undefined ? "" : exactNumber(value);
}
