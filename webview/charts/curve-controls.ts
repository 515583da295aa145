/** What the reader chooses of the curves: the axis, whose cost counts, how smooth, which scales. */
import { checkbox, radioGroup, slider } from "../controls";
import { element } from "../dom";
import { t } from "../l10n";
import { axes, type AxisKind } from "./axis";
import type { YFocus } from "./focus";
import { stepsPerPoint, type StageCurves } from "./series";

/** What the reader chose; plain, so that it can be kept. */
export interface CurvesState {
  readonly axis: AxisKind;
  readonly cost: "own" | "lineage";
  /** Position of the slider; "automatic": by the longest stage. */
  readonly smoothing: number | "automatic";
  readonly logX: boolean;
  readonly logY: boolean;
  readonly focus: YFocus;
  /** Ids of stages. */
  readonly hidden: readonly string[];
  readonly range: readonly [number, number] | undefined;
}

export const initialCurves: CurvesState = {
  axis: "step",
  cost: "own",
  smoothing: "automatic",
  logX: false,
  logY: false,
  focus: "later",
  hidden: [],
  range: undefined,
};

export class CurveControls {
  readonly root: HTMLElement;
  readonly #onChange: (change: Partial<CurvesState>) => void;
  readonly #smoothing = element("div", {});
  readonly #wholeRange = element("button", { type: "button", hidden: "" }, t("Show all"));
  #position: CurvesState["smoothing"];

  constructor(state: CurvesState, onChange: (change: Partial<CurvesState>) => void) {
    this.#onChange = onChange;
    this.#position = state.smoothing;
    this.#wholeRange.addEventListener("click", () => {
      onChange({ range: undefined });
    });
    this.root = element(
      "div",
      { class: "controls" },
      ...axisControls(state, onChange),
      this.#smoothing,
      ...scaleControls(state, onChange),
      this.#wholeRange,
    );
  }

  showRange(range: CurvesState["range"]): void {
    this.#wholeRange.hidden = range === undefined;
  }

  /** Where the reader has not chosen, it goes with the length of the stages. */
  showSmoothing(stages: readonly StageCurves[]): void {
    const control = slider(
      {
        label: t("smoothing"),
        min: 0,
        max: mostSmoothing,
        step: 1,
        value: smoothingPosition(this.#position, stages),
        describe: (position) =>
          position === 0 ? t("none") : t("over {0} steps", windowOf(position)),
      },
      (position) => {
        this.#position = position;
        this.#onChange({ smoothing: position });
      },
    );
    this.#smoothing.replaceChildren(control);
  }
}

function axisControls(
  { axis, cost }: CurvesState,
  onChange: (change: Partial<CurvesState>) => void,
): HTMLElement[] {
  const kinds = Object.keys(axes) as AxisKind[];
  return [
    radioGroup(
      { name: "x-axis", legend: t("x axis"), chosen: axis },
      kinds.map((value) => ({ value, label: axes[value].title })),
      (next) => {
        onChange({ axis: next, range: undefined });
      },
    ),
    checkbox([t("count the parents' cost")], cost === "lineage" ? "on" : "off", (state) => {
      onChange({ cost: state === "on" ? "lineage" : "own", range: undefined });
    }),
  ];
}

function scaleControls(
  { logX, logY, focus }: CurvesState,
  onChange: (change: Partial<CurvesState>) => void,
): HTMLElement[] {
  return [
    checkbox([t("logarithmic x")], logX ? "on" : "off", (state) => {
      onChange({ logX: state === "on", range: undefined });
    }),
    checkbox([t("logarithmic y")], logY ? "on" : "off", (state) => {
      onChange({ logY: state === "on" });
    }),
    checkbox([t("whole y range")], focus === "all" ? "on" : "off", (state) => {
      onChange({ focus: state === "on" ? "all" : "later" });
    }),
  ];
}

const mostSmoothing = 24;

/** Two positions of the slider double the window. */
export function windowOf(position: number): number {
  return Math.round(2 ** (position / 2));
}

export function smoothingPosition(
  chosen: CurvesState["smoothing"],
  stages: readonly StageCurves[],
): number {
  if (chosen !== "automatic") return chosen;
  const lengths = stages.map(({ series }) => series.step.length * stepsPerPoint(series));
  const longest = Math.max(1, ...lengths);
  return Math.min(mostSmoothing, Math.round(2 * Math.log2(Math.max(1, longest / 100))));
}
