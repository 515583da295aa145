/** From stages to the lines and marks of one chart. Pure: what is seen follows from stages and settings. */
import type { EventRecord } from "../../server/protocol/metrics";
import { t } from "../l10n";
import { eventNames } from "../states";
import { positionAfter, startPosition, stepPositions, type AxisKind } from "./axis";
import { exactNumber, exactPercent, lossNumber, percent, shortNumber } from "./format";
import type { EventMark, Line } from "./chart-frame";
import type { StageStyle } from "./palette";
import { stepsPerPoint, tokensPerSecond, type Series, type StageCurves } from "./series";
import { SeriesMemo } from "./series-memo";
import { smooth } from "./smoothing";

export interface CurveSettings {
  readonly axis: AxisKind;
  readonly cost: "own" | "lineage";
  /** Steps that the running mean looks back over; 1 shows the values as they are. */
  readonly window: number;
}

export type CurveName = "loss" | "accuracy" | "learningRate" | "gradientNorm" | "speed";

export interface CurveKind {
  readonly title: string;
  readonly yTitle: string;
  readonly values: (series: Series) => ArrayLike<number>;
  readonly heldout?: "heldout_loss" | "heldout_accuracy";
  /** Whether the smoothing applies: schedules are exact as they are. */
  readonly noisy: boolean;
  /** Where the axis starts, if it is not to fit the values alone. */
  readonly floor?: number;
  /** Whether its first steps dwarf the rest, and on which side. */
  readonly startsFar?: "above" | "below";
  readonly format: (value: number) => string;
  /** To the last digit, with its unit. */
  readonly reading: (value: number) => string;
}

export const curveKinds: Readonly<Record<CurveName, CurveKind>> = {
  loss: {
    title: t("Loss"),
    yTitle: t("nats per target token"),
    values: (series) => series.loss,
    heldout: "heldout_loss",
    noisy: true,
    startsFar: "above",
    format: lossNumber,
    reading: (value) => t("{0} nats", exactNumber(value)),
  },
  accuracy: {
    title: t("Token accuracy"),
    yTitle: t("share of target tokens"),
    values: (series) => series.accuracy,
    heldout: "heldout_accuracy",
    noisy: true,
    startsFar: "below",
    format: percent,
    reading: exactPercent,
  },
  learningRate: {
    title: t("Learning rate"),
    yTitle: "",
    values: (series) => series.learning_rate,
    floor: 0,
    noisy: false,
    format: shortNumber,
    reading: exactNumber,
  },
  gradientNorm: {
    title: t("Gradient norm"),
    yTitle: t("before clipping"),
    values: (series) => series.gradient_norm,
    floor: 0,
    noisy: true,
    format: shortNumber,
    reading: exactNumber,
  },
  speed: {
    title: t("Speed"),
    yTitle: t("tokens per second"),
    values: tokensPerSecond,
    floor: 0,
    noisy: true,
    format: shortNumber,
    reading: (value) => t("{0} tokens/s", exactNumber(value)),
  },
};

/** A stage placed on the x axis: worked out once for all charts. */
export interface PlacedStage {
  readonly stage: StageCurves;
  readonly style: StageStyle;
  readonly start: number;
  /** [steps] */
  readonly positions: ArrayLike<number>;
  readonly memo: SeriesMemo;
}

export interface Placing extends Pick<CurveSettings, "axis" | "cost"> {
  /** Of whoever draws again and again. */
  readonly memo?: SeriesMemo;
}

export function placeStage(
  stage: StageCurves,
  style: StageStyle,
  { axis, cost, memo = new SeriesMemo() }: Placing,
): PlacedStage {
  const start = startPosition(stage, axis, cost);
  const what = `${axis} from ${start}`;
  const positions = memo.get(stage.series, what, () => stepPositions(stage, axis, cost));
  return { stage, style, start, positions, memo };
}

/** Held-out bold, training thin (smoothed), raw behind it. */
export function curveLines(placed: PlacedStage, kind: CurveKind, window: number): Line[] {
  const { stage, style, positions, memo } = placed;
  const { series } = stage;
  const common = { id: stage.id, label: stage.label, style };
  const raw = memo.get(series, kind.title, () => kind.values(series));
  const points = window / stepsPerPoint(series);
  const smoothed = (): ArrayLike<number> => smooth(raw, points);
  const training =
    kind.noisy && points > 1
      ? memo.get(series, `${kind.title} over ${window}`, smoothed)
      : undefined;
  const lines: Line[] = [];
  if (raw.length > 0)
    lines.push({ ...common, role: training ? "raw" : "training", x: positions, y: raw });
  if (training !== undefined)
    lines.push({ ...common, role: "training", x: positions, y: training });
  const { heldout } = kind;
  if (heldout !== undefined && stage.heldout.length > 0)
    lines.push({
      ...common,
      role: "heldout",
      x: stage.heldout.map(({ step }) => positionAfter(step, stage.series, placed)),
      y: stage.heldout.map((record) => record[heldout]),
    });
  return lines;
}

/** Where the stage starts from a fused model, was resumed, saved, or ended badly. */
export function eventMarks(placed: PlacedStage): EventMark[] {
  const { stage, style, start } = placed;
  const marks: EventMark[] = stage.fused
    ? [{ x: start, label: t("{0}: fused", stage.label), style, kind: "fusion" }]
    : [];
  for (const record of stage.events) {
    const kind = eventKind(record);
    if (kind === undefined) continue;
    const label = t("{0}: {1} at step {2}", stage.label, eventNames[record.event], record.step);
    marks.push({ x: positionAfter(record.step, stage.series, placed), label, style, kind });
  }
  return marks;
}

function eventKind({ event }: EventRecord): EventMark["kind"] | undefined {
  switch (event) {
    case "checkpoint":
    case "resume":
      return event;
    case "pause":
    case "stop":
    case "failed":
      return "end";
    case "start":
    case "notice":
    case "done":
      return undefined;
  }
}
