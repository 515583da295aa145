/** The curves with their controls: which stages, over which axis, how smooth. */
import { checkbox, radioGroup, slider } from "../controls";
import { element, refreshTable, tableDisclosure } from "../dom";
import { sectionElement, type Section } from "../section";
import type { PageColors } from "../theme";
import { axes, type AxisKind } from "./axis";
import { ChartPanel } from "./chart-panel";
import { curveTable, eventTable } from "./curve-table";
import {
  curveKinds,
  curveLines,
  eventMarks,
  placeStage,
  type CurveName,
  type PlacedStage,
} from "./curves";
import { focusRange, type YFocus } from "./focus";
import type { ChartExtras, ChartFrame, ChartNote } from "./line-chart";
import { markIcon } from "./mark-icon";
import { stageStyle } from "./palette";
import { stepsPerPoint, type StageCurves } from "./series";
import { SeriesMemo } from "./series-memo";

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

export interface CurvesOptions {
  readonly state?: Partial<CurvesState>;
  readonly onState?: (state: CurvesState) => void;
  readonly extras?: ChartExtras;
  /** Beside a chart's title. */
  readonly tools?: (name: CurveName) => HTMLElement;
  /** What there is to say about a chart's curves. */
  readonly notes?: (name: CurveName, placed: readonly PlacedStage[]) => readonly ChartNote[];
}

const initial: CurvesState = {
  axis: "step",
  cost: "own",
  smoothing: "automatic",
  logX: false,
  logY: false,
  focus: "later",
  hidden: [],
  range: undefined,
};

export class CurvesSection implements Section {
  readonly root: HTMLElement;
  readonly #options: CurvesOptions;
  readonly #panels: ReadonlyMap<CurveName, ChartPanel>;
  readonly #legend = element("fieldset", { class: "legend" });
  readonly #smoothing = element("div", {});
  readonly #events = tableDisclosure("Events as a table", () => eventTable(this.#stages));
  readonly #wholeRange = element("button", { type: "button", hidden: "" }, "Show all");
  readonly #memo = new SeriesMemo();
  #stages: readonly StageCurves[];
  #state: CurvesState;
  #colors: PageColors;

  constructor(stages: readonly StageCurves[], colors: PageColors, options: CurvesOptions = {}) {
    this.#stages = stages;
    this.#colors = colors;
    this.#options = options;
    this.#state = { ...initial, ...options.state };
    this.#panels = this.#makePanels();
    this.#wholeRange.addEventListener("click", () => {
      this.#change({ range: undefined });
    });
    this.root = sectionElement(
      "Curves",
      this.#controls(),
      this.#legend,
      element("p", { class: "quiet" }, legendText),
      element("div", { class: "charts" }, ...[...this.#panels.values()].map(({ root }) => root)),
      this.#events,
    );
    this.#drawSmoothing();
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
    if (this.#window() !== window) this.#drawSmoothing();
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

  #controls(): HTMLElement {
    const { axis, cost, logX, logY, focus } = this.#state;
    return element(
      "div",
      { class: "controls" },
      radioGroup(
        { name: "x-axis", legend: "x axis", chosen: axis },
        (["step", "tokens", "flops", "time"] as const).map((value) => ({
          value,
          label: axes[value].title,
        })),
        (next) => {
          this.#change({ axis: next, range: undefined });
        },
      ),
      checkbox(["count the parents' cost"], cost === "lineage" ? "on" : "off", (state) => {
        this.#change({ cost: state === "on" ? "lineage" : "own", range: undefined });
      }),
      this.#smoothing,
      checkbox(["logarithmic x"], logX ? "on" : "off", (state) => {
        this.#change({ logX: state === "on", range: undefined });
      }),
      checkbox(["logarithmic y"], logY ? "on" : "off", (state) => {
        this.#change({ logY: state === "on" });
      }),
      checkbox(["whole y range"], focus === "all" ? "on" : "off", (state) => {
        this.#change({ focus: state === "on" ? "all" : "later" });
      }),
      this.#wholeRange,
    );
  }

  #drawSmoothing(): void {
    const control = slider(
      {
        label: "smoothing",
        min: 0,
        max: 24,
        step: 1,
        value: this.#smoothingPosition(),
        describe: (position) => (position === 0 ? "none" : `over ${windowOf(position)} steps`),
      },
      (position) => {
        this.#change({ smoothing: position });
      },
    );
    this.#smoothing.replaceChildren(control);
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
    this.#legend.replaceChildren(element("legend", {}, "stages"), ...items);
  }

  #smoothingPosition(): number {
    const { smoothing } = this.#state;
    if (smoothing !== "automatic") return smoothing;
    const lengths = this.#stages.map(({ series }) => series.step.length * stepsPerPoint(series));
    const longest = Math.max(1, ...lengths);
    return Math.min(24, Math.round(2 * Math.log2(Math.max(1, longest / 100))));
  }

  #window(): number {
    return windowOf(this.#smoothingPosition());
  }

  #draw(): void {
    this.#wholeRange.hidden = this.#state.range === undefined;
    const placed = this.placed();
    for (const [name, panel] of this.#panels) panel.show(this.#frame(name, placed));
  }

  #frame(name: CurveName, placed: readonly PlacedStage[]): ChartFrame {
    const kind = curveKinds[name];
    const { axis, cost, logX, logY, range, focus } = this.#state;
    const window = this.#window();
    const lines = placed.flatMap((stage) => curveLines(stage, kind, window));
    const withParents = cost === "lineage" ? ", with the parents'" : "";
    const notes = this.#options.notes?.(name, placed);
    return {
      lines,
      marks: placed.flatMap((stage) => eventMarks(stage)),
      ...(notes && { notes }),
      x: {
        title: axes[axis].title + withParents,
        kind: logX ? "logarithmic" : "linear",
        format: axes[axis].format,
        min: range?.[0] ?? (logX ? undefined : 0),
        max: range?.[1],
      },
      y: {
        title: kind.yTitle,
        kind: logY ? "logarithmic" : "linear",
        format: kind.format,
        min: logY ? undefined : kind.floor,
        ...(range === undefined && focusRange(lines, kind, focus)),
      },
      colors: this.#colors,
    };
  }
}

const legendText =
  "Bold with marks: held-out. Thin: training, smoothed; the values as they are stand pale behind. " +
  "Flags: start from a fused model, or resumed (dashed). Ticks at the bottom: checkpoints. " +
  "Where a line leaves the picture at the left, the start of its stage lies outside: “whole y range” shows it. " +
  "Drag across a chart to zoom in; a double click shows all.";

/** Two positions of the slider double the window. */
function windowOf(position: number): number {
  return Math.round(2 ** (position / 2));
}
