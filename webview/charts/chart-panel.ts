/** A chart with its title, a crosshair for pointer and keyboard, exact values under it, zoom, and its table. */
import { element, refreshTable, tableDisclosure } from "../dom";
import { t } from "../l10n";
import type { ChartFrame } from "./chart-frame";
import { LineChart, type ChartExtras } from "./line-chart";
import { markIcon } from "./mark-icon";
import { readingsAt, type Reading } from "./readout";

export interface ChartPanelOptions {
  readonly title: string;
  readonly makeTable: () => HTMLElement;
  /** The reader chose a stretch of the x axis; undefined: all of it. */
  readonly onZoom: (range: readonly [number, number] | undefined) => void;
  readonly extras?: ChartExtras;
  /** Beside the title. */
  readonly tools?: HTMLElement;
}

/** Readings shown at once; more would hide the chart. */
const readingLimit = 12;
/** Pixels: a drag shorter than this is a click. */
const shortestDrag = 8;

/** Whoever creates it disposes it. */
export class ChartPanel {
  readonly root: HTMLElement;
  /** As drawn. */
  readonly canvas = element("canvas", { "aria-hidden": "true" });
  readonly #plot: HTMLElement;
  readonly #readout: HTMLElement;
  readonly #table: HTMLDetailsElement;
  readonly #emptiness = element("p", { class: "empty", hidden: "" });
  readonly #selection = element("div", { class: "selection", hidden: "" });
  readonly #chart: LineChart;
  readonly #options: ChartPanelOptions;
  #frame: ChartFrame | undefined;
  #crosshair: number | undefined;
  #dragStart: number | undefined;

  constructor(options: ChartPanelOptions) {
    this.#options = options;
    this.#table = tableDisclosure(t("As a table"), options.makeTable);
    this.#readout = element("div", { class: "readout", role: "status", hidden: "" });
    this.#plot = element(
      "div",
      {
        class: "plot",
        tabindex: "0",
        role: "group",
        "aria-roledescription": t("chart"),
        "aria-label": t(
          "{0}. Left and right read the values, plus and minus zoom, 0 shows all. The figures are in the table below.",
          options.title,
        ),
      },
      element("div", { class: "canvas-frame" }, this.canvas),
      this.#selection,
      this.#emptiness,
      this.#readout,
    );
    this.root = element(
      "figure",
      { class: "chart" },
      element("figcaption", {}, element("span", {}, options.title), options.tools),
      this.#plot,
      this.#table,
    );
    this.#chart = new LineChart(this.canvas, options.onZoom, options.extras);
    this.#listen();
  }

  get frame(): ChartFrame | undefined {
    return this.#frame;
  }

  show(frame: ChartFrame): void {
    this.#frame = { ...frame, crosshair: this.#crosshair };
    this.#chart.show(this.#frame);
    const isEmpty = frame.lines.length === 0;
    this.#emptiness.hidden = !isEmpty;
    this.#emptiness.textContent = frame.emptiness ?? t("Nothing recorded");
    // Axes of nothing would show numbers of nothing.
    this.canvas.style.visibility = isEmpty ? "hidden" : "visible";
    refreshTable(this.#table, this.#options.makeTable);
  }

  dispose(): void {
    this.#chart.dispose();
  }

  #listen(): void {
    const plot = this.#plot;
    plot.addEventListener("pointermove", (event) => {
      this.#pointerMoved(event);
    });
    plot.addEventListener("pointerleave", () => {
      if (this.#dragStart === undefined) this.#moveTo(undefined);
    });
    plot.addEventListener("pointerdown", (event) => {
      if (event.pointerType === "touch" || event.button !== 0 || event.shiftKey) return;
      this.#dragStart = this.#pixel(event);
      plot.setPointerCapture(event.pointerId);
    });
    plot.addEventListener("pointerup", (event) => {
      this.#dragged(event);
    });
    plot.addEventListener("pointercancel", () => {
      this.#dragStart = undefined;
      this.#selection.hidden = true;
    });
    plot.addEventListener("dblclick", () => {
      this.#options.onZoom(undefined);
    });
    plot.addEventListener("keydown", (event) => {
      if (this.#keyPressed(event)) event.preventDefault();
    });
    plot.addEventListener("blur", () => {
      this.#moveTo(undefined);
    });
  }

  #pixel(event: PointerEvent): number {
    return event.clientX - this.#plot.getBoundingClientRect().left;
  }

  #pointerMoved(event: PointerEvent): void {
    const pixel = this.#pixel(event);
    this.#moveTo(this.#chart.valueAt(pixel));
    if (this.#dragStart === undefined) return;
    const width = Math.abs(pixel - this.#dragStart);
    this.#selection.hidden = width < shortestDrag;
    this.#selection.style.left = `${Math.min(pixel, this.#dragStart)}px`;
    this.#selection.style.width = `${width}px`;
  }

  #dragged(event: PointerEvent): void {
    const start = this.#dragStart;
    const end = this.#pixel(event);
    this.#dragStart = undefined;
    this.#selection.hidden = true;
    if (start === undefined || Math.abs(end - start) < shortestDrag) return;
    const from = this.#chart.valueAt(Math.min(start, end));
    const to = this.#chart.valueAt(Math.max(start, end));
    if (from !== undefined && to !== undefined) this.#options.onZoom([from, to]);
  }

  /** Whether the key meant something. */
  #keyPressed({ key, shiftKey }: KeyboardEvent): boolean {
    const [low, high] = this.#span();
    const here = this.#crosshair ?? (low + high) / 2;
    const stride = (high - low) / (shiftKey ? 10 : 100);
    const moves: Readonly<Record<string, () => void>> = {
      ArrowLeft: () => {
        this.#moveTo(Math.max(low, here - stride));
      },
      ArrowRight: () => {
        this.#moveTo(Math.min(high, here + stride));
      },
      Home: () => {
        this.#moveTo(low);
      },
      End: () => {
        this.#moveTo(high);
      },
      Escape: () => {
        this.#moveTo(undefined);
      },
      "+": () => {
        this.#options.onZoom([here - (high - low) / 4, here + (high - low) / 4]);
      },
      "-": () => {
        this.#options.onZoom([low - (high - low) / 2, high + (high - low) / 2]);
      },
      "0": () => {
        this.#options.onZoom(undefined);
      },
    };
    moves[key]?.();
    return key in moves;
  }

  /** What the x axis shows. */
  #span(): readonly [number, number] {
    const lines = this.#frame?.lines ?? [];
    const { min, max } = this.#frame?.x ?? {};
    return [
      min ?? Math.min(...lines.map(({ x }) => x[0] ?? Infinity)),
      max ?? Math.max(...lines.map(({ x }) => x[x.length - 1] ?? -Infinity)),
    ];
  }

  #moveTo(x: number | undefined): void {
    this.#crosshair = x;
    this.#chart.showCrosshair(x);
    const frame = this.#frame;
    this.#readout.hidden = x === undefined || frame === undefined;
    if (x === undefined || frame === undefined) return;
    const [low, high] = this.#span();
    const slack = (high - low) / 100;
    const readings = readingsAt(frame.lines, x, slack);
    this.#readout.replaceChildren(...readingRows(readings, frame), ...eventRows(frame, x, slack));
    const onLeft = (this.#chart.pixelAt(x) ?? 0) > this.#plot.clientWidth / 2;
    this.#readout.classList.toggle("on-left", onLeft);
  }
}

function readingRows(readings: readonly Reading[], frame: ChartFrame): HTMLElement[] {
  const rows = readings
    .slice(0, readingLimit)
    .map(({ label, style, x, values }) =>
      element(
        "div",
        { class: "reading" },
        markIcon(style),
        element("b", {}, label),
        element("span", {}, frame.x.reading(x)),
        element(
          "span",
          { class: "value" },
          values.map(({ name, value }) => `${name} ${frame.y.reading(value)}`.trim()).join(", "),
        ),
      ),
    );
  const more = readings.length - rows.length;
  if (more > 0) rows.push(element("div", {}, t("and {0} more: hide stages above", more)));
  return rows.length === 0 ? [element("div", {}, t("no point here"))] : rows;
}

/** The events that the crosshair is at. */
function eventRows({ marks }: ChartFrame, x: number, slack: number): HTMLElement[] {
  return marks
    .filter((mark) => Math.abs(mark.x - x) <= slack)
    .slice(0, readingLimit)
    .map(({ label, style }) => element("div", { class: "reading" }, markIcon(style), label));
}
