/** The curves with their controls: which stages, over which axis, how smooth. */
import { axes, type AxisKind } from "../charts/axis";
import { ChartPanel } from "../charts/chart-panel";
import {
  curveKinds,
  curveLines,
  eventMarks,
  placeStage,
  type CurveName,
  type PlacedStage,
} from "../charts/curves";
import type { ChartFrame } from "../charts/line-chart";
import { markIcon } from "../charts/mark-icon";
import { stageStyle } from "../charts/palette";
import type { StageCurves } from "../charts/series";
import { checkbox, radioGroup, slider } from "../controls";
import { element, tableDisclosure } from "../dom";
import type { PageColors } from "../theme";
import { curveTable, eventTable } from "./curve-table";
import { focusRange, type YFocus } from "../charts/focus";
import { sectionElement, type Section } from "./section";

interface Settings {
  readonly axis: AxisKind;
  readonly cost: "own" | "lineage";
  readonly window: number;
  readonly logX: boolean;
  readonly logY: boolean;
  readonly focus: YFocus;
  readonly hidden: ReadonlySet<string>;
  readonly range: readonly [number, number] | undefined;
}

export class CurvesSection implements Section {
  readonly root: HTMLElement;
  readonly #stages: readonly StageCurves[];
  readonly #panels: ReadonlyMap<CurveName, ChartPanel>;
  readonly #legend = element("fieldset", { class: "legend" });
  readonly #wholeRange = element("button", { type: "button", hidden: "" }, "Show all");
  #settings: Settings;
  #colors: PageColors;

  constructor(stages: readonly StageCurves[], colors: PageColors) {
    this.#stages = stages;
    this.#colors = colors;
    const longest = Math.max(1, ...stages.map(({ series }) => series.step.length));
    const smoothing = Math.round(2 * Math.log2(Math.max(1, longest / 100)));
    this.#settings = {
      axis: "step",
      cost: "own",
      window: windowOf(smoothing),
      logX: false,
      logY: false,
      focus: "later",
      hidden: new Set(),
      range: undefined,
    };
    this.#panels = this.#makePanels();
    this.#wholeRange.addEventListener("click", () => {
      this.#change({ range: undefined });
    });
    this.root = sectionElement(
      "Curves",
      this.#controls(smoothing),
      this.#legend,
      element("p", { class: "quiet" }, legendText),
      element("div", { class: "charts" }, ...[...this.#panels.values()].map(({ root }) => root)),
      tableDisclosure("Events as a table", () => eventTable(stages)),
    );
    this.#drawLegend();
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

  #change(change: Partial<Settings>): void {
    this.#settings = { ...this.#settings, ...change };
    this.#draw();
  }

  #makePanels(): Map<CurveName, ChartPanel> {
    const names = Object.keys(curveKinds) as CurveName[];
    return new Map(
      names.map((name) => [
        name,
        new ChartPanel({
          title: curveKinds[name].title,
          makeTable: () => curveTable(curveKinds[name], this.#placed(), this.#settings.axis),
          onZoom: (range) => {
            this.#change({ range });
          },
        }),
      ]),
    );
  }

  #controls(smoothing: number): HTMLElement {
    return element(
      "div",
      { class: "controls" },
      radioGroup(
        { name: "x-axis", legend: "x axis" },
        (["step", "tokens", "flops", "time"] as const).map((value) => ({
          value,
          label: axes[value].title,
        })),
        (axis) => {
          this.#change({ axis, range: undefined });
        },
      ),
      checkbox(["count the parents' cost"], "off", (state) => {
        this.#change({ cost: state === "on" ? "lineage" : "own", range: undefined });
      }),
      slider(
        {
          label: "smoothing",
          min: 0,
          max: 24,
          step: 1,
          value: smoothing,
          describe: (position) => (position === 0 ? "none" : `over ${windowOf(position)} steps`),
        },
        (position) => {
          this.#change({ window: windowOf(position) });
        },
      ),
      checkbox(["logarithmic x"], "off", (state) => {
        this.#change({ logX: state === "on", range: undefined });
      }),
      checkbox(["logarithmic y"], "off", (state) => {
        this.#change({ logY: state === "on" });
      }),
      checkbox(["whole y range"], "off", (state) => {
        this.#change({ focus: state === "on" ? "all" : "later" });
      }),
      this.#wholeRange,
    );
  }

  #drawLegend(): void {
    const items = this.#stages.map(({ id, label, styleIndex }) =>
      checkbox(
        [markIcon(stageStyle(styleIndex, this.#colors.theme)), label],
        this.#settings.hidden.has(id) ? "off" : "on",
        (state) => {
          const hidden = new Set(this.#settings.hidden);
          if (state === "on") hidden.delete(id);
          else hidden.add(id);
          this.#change({ hidden });
        },
      ),
    );
    this.#legend.replaceChildren(element("legend", {}, "stages"), ...items);
  }

  #placed(): PlacedStage[] {
    return this.#stages.flatMap((stage) =>
      this.#settings.hidden.has(stage.id)
        ? []
        : [placeStage(stage, stageStyle(stage.styleIndex, this.#colors.theme), this.#settings)],
    );
  }

  #draw(): void {
    this.#wholeRange.hidden = this.#settings.range === undefined;
    const placed = this.#placed();
    for (const [name, panel] of this.#panels) panel.show(this.#frame(name, placed));
  }

  #frame(name: CurveName, placed: readonly PlacedStage[]): ChartFrame {
    const kind = curveKinds[name];
    const { axis, cost, window, logX, logY, range, focus } = this.#settings;
    const lines = placed.flatMap((stage) => curveLines(stage, kind, window));
    const withParents = cost === "lineage" ? ", with the parents'" : "";
    return {
      lines,
      marks: placed.flatMap((stage) => eventMarks(stage)),
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
