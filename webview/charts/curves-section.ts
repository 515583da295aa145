/** The curves with their controls: which stages, over which axis, how smooth. */
import { checkbox } from "../controls";
import { element, refreshTable, tableDisclosure } from "../dom";
import { t } from "../l10n";
import { sectionElement, type Section } from "../section";
import type { PageColors } from "../theme";
import { axes } from "./axis";
import { ChartPanel } from "./chart-panel";
import {
  CurveControls,
  initialCurves,
  smoothingPosition,
  windowOf,
  type CurvesState,
} from "./curve-controls";
import { curveTable, eventTable } from "./curve-table";
import {
  curveKinds,
  curveLines,
  eventMarks,
  placeStage,
  type CurveName,
  type PlacedStage,
} from "./curves";
import { focusRange } from "./focus";
import type { ChartFrame, ChartNote } from "./chart-frame";
import type { ChartExtras } from "./line-chart";
import { markIcon } from "./mark-icon";
import { stageStyle } from "./palette";
import type { StageCurves } from "./series";
import { SeriesMemo } from "./series-memo";

export interface CurvesOptions {
  readonly state?: Partial<CurvesState>;
  readonly onState?: (state: CurvesState) => void;
  readonly extras?: ChartExtras;
  /** Beside a chart's title. */
  readonly tools?: (name: CurveName) => HTMLElement;
  /** What there is to say about a chart's curves. */
  readonly notes?: (name: CurveName, placed: readonly PlacedStage[]) => readonly ChartNote[];
}

export class CurvesSection implements Section {
  readonly root: HTMLElement;
  readonly #options: CurvesOptions;
  readonly #panels: ReadonlyMap<CurveName, ChartPanel>;
  readonly #legend = element("fieldset", { class: "legend" });
  readonly #controls: CurveControls;
  readonly #events = tableDisclosure(t("Events as a table"), () => eventTable(this.#stages));
  readonly #memo = new SeriesMemo();
  #stages: readonly StageCurves[];
  #state: CurvesState;
  #colors: PageColors;

  constructor(stages: readonly StageCurves[], colors: PageColors, options: CurvesOptions = {}) {
    this.#stages = stages;
    this.#colors = colors;
    this.#options = options;
    this.#state = { ...initialCurves, ...options.state };
    this.#controls = new CurveControls(this.#state, (change) => {
      this.#change(change);
    });
    this.#panels = this.#makePanels();
    this.root = sectionElement(
      t("Curves"),
      this.#controls.root,
      this.#legend,
      element(
        "details",
        { class: "explanation" },
        element("summary", {}, t("How to read the curves")),
        element("p", { class: "quiet" }, legendText),
      ),
      element("div", { class: "charts" }, ...[...this.#panels.values()].map(({ root }) => root)),
      this.#events,
    );
    this.#controls.showSmoothing(stages);
    this.#drawLegend();
    this.#draw();
  }

  get state(): CurvesState {
    return this.#state;
  }

  panel(name: CurveName): ChartPanel | undefined {
    return this.#panels.get(name);
  }

  /** The stages that are not hidden, where they stand on the axis. */
  placed(): PlacedStage[] {
    const placing = { ...this.#state, memo: this.#memo };
    return this.#stages.flatMap((stage) =>
      this.#state.hidden.includes(stage.id)
        ? []
        : [placeStage(stage, stageStyle(stage.styleIndex, this.#colors.theme), placing)],
    );
  }

  /** Other stages, or more of the same. */
  show(stages: readonly StageCurves[]): void {
    const before = this.#stages;
    const window = this.#window();
    this.#stages = stages;
    const same =
      stages.length === before.length &&
      stages.every(({ id, label }, i) => id === before[i]!.id && label === before[i]!.label);
    if (!same) this.#drawLegend();
    if (this.#window() !== window) this.#controls.showSmoothing(stages);
    refreshTable(this.#events, () => eventTable(stages));
    this.#draw();
  }

  recolor(colors: PageColors): void {
    this.#colors = colors;
    this.#drawLegend();
    this.#draw();
  }

  dispose(): void {
    for (const panel of this.#panels.values()) panel.dispose();
  }

  #change(change: Partial<CurvesState>): void {
    this.#state = { ...this.#state, ...change };
    this.#options.onState?.(this.#state);
    this.#draw();
  }

  #makePanels(): Map<CurveName, ChartPanel> {
    const names = Object.keys(curveKinds) as CurveName[];
    const { extras, tools } = this.#options;
    return new Map(
      names.map((name) => [
        name,
        new ChartPanel({
          title: curveKinds[name].title,
          makeTable: () => curveTable(curveKinds[name], this.placed(), this.#state.axis),
          onZoom: (range) => {
            this.#change({ range });
          },
          ...(extras && { extras }),
          ...(tools && { tools: tools(name) }),
        }),
      ]),
    );
  }

  #drawLegend(): void {
    const items = this.#stages.map(({ id, label, styleIndex }) =>
      checkbox(
        [markIcon(stageStyle(styleIndex, this.#colors.theme)), label],
        this.#state.hidden.includes(id) ? "off" : "on",
        (state) => {
          const others = this.#state.hidden.filter((each) => each !== id);
          this.#change({ hidden: state === "on" ? others : [...others, id] });
        },
      ),
    );
    this.#legend.replaceChildren(element("legend", {}, t("stages")), ...items);
  }

  #window(): number {
    return windowOf(smoothingPosition(this.#state.smoothing, this.#stages));
  }

  #draw(): void {
    this.#controls.showRange(this.#state.range);
    const placed = this.placed();
    for (const [name, panel] of this.#panels) panel.show(this.#frame(name, placed));
  }

  #frame(name: CurveName, placed: readonly PlacedStage[]): ChartFrame {
    const kind = curveKinds[name];
    const { axis, cost, logX, logY, range, focus } = this.#state;
    const window = this.#window();
    const lines = placed.flatMap((stage) => curveLines(stage, kind, window));
    const notes = this.#options.notes?.(name, placed);
    return {
      lines,
      marks: placed.flatMap((stage) => eventMarks(stage)),
      ...(notes && { notes }),
      x: {
        title:
          cost === "lineage" ? t("{0}, with the parents'", axes[axis].title) : axes[axis].title,
        kind: logX ? "logarithmic" : "linear",
        format: axes[axis].format,
        reading: axes[axis].reading,
        min: range?.[0] ?? (logX ? undefined : 0),
        max: range?.[1],
      },
      y: {
        title: kind.yTitle,
        kind: logY ? "logarithmic" : "linear",
        format: kind.format,
        reading: kind.reading,
        min: logY ? undefined : kind.floor,
        ...(range === undefined && focusRange(lines, kind, focus)),
      },
      colors: this.#colors,
    };
  }
}

const legendText = [
  t(
    "Bold with marks: held-out. Thin: training, smoothed; the values as they are stand pale behind.",
  ),
  t("Flags: start from a fused model, or resumed (dashed). Ticks at the bottom: checkpoints."),
  t(
    "Where a line leaves the picture at the left, the start of its stage lies outside: “whole y range” shows it.",
  ),
  t("Drag across a chart to zoom in; a double click shows all."),
].join(" ");
