/** One chart of lines over a numeric axis: chart.js behind the few words that the report and the dashboard use. */
import {
  Chart,
  LinearScale,
  LineController,
  LineElement,
  LogarithmicScale,
  PointElement,
  type ChartDataset,
  type ChartOptions,
  type Plugin,
} from "chart.js";
import type { PageColors } from "../theme";
import { downsample, type Range } from "./downsample";
import type { StageStyle } from "./palette";
import { firstAtLeast } from "./search";

/** "heldout": bold with marks; "training": thin; "raw": pale, behind. */
export type LineRole = "heldout" | "training" | "raw";

export interface Line {
  readonly id: string;
  readonly label: string;
  readonly role: LineRole;
  readonly style: StageStyle;
  /** Ascending. */
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
}

/** A vertical line where something happened. */
export interface EventMark {
  readonly x: number;
  readonly label: string;
  readonly style: StageStyle;
  readonly kind: "fusion" | "checkpoint" | "resume" | "end";
}

/** A level to compare with, or a point to speak of; drawn by extras that can. */
export type ChartNote =
  | {
      readonly kind: "level";
      readonly y: number;
      readonly label: string;
      readonly style: StageStyle;
    }
  | {
      readonly kind: "point";
      readonly x: number;
      readonly y: number;
      readonly label: string;
      readonly style: StageStyle;
    };

/** What plug-ins of chart.js add to every chart; report.html does without, to stay small. */
export interface ChartExtras {
  readonly plugins: readonly Plugin<"line">[];
  /** `options.plugins` of chart.js. */
  readonly options: (
    frame: ChartFrame,
    onZoom: (range: readonly [number, number]) => void,
  ) => NonNullable<ChartOptions<"line">["plugins"]>;
}

export interface ChartFrame {
  readonly notes?: readonly ChartNote[];
  readonly lines: readonly Line[];
  readonly marks: readonly EventMark[];
  readonly x: ChartScale;
  readonly y: ChartScale;
  readonly colors: PageColors;
  /** Where the crosshair stands, if it is shown. */
  readonly crosshair?: number | undefined;
}

export interface ChartScale {
  readonly title: string;
  readonly kind: "linear" | "logarithmic";
  readonly format: (value: number) => string;
  /** Of what is visible; all where absent. */
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}

/** Points drawn of each line: about two a pixel of a wide chart. */
const pointLimit = 1600;
/** Marks on a held-out line before they run into each other. */
const markLimit = 40;

type LinePlot = Chart<"line", { x: number; y: number }[]>;

/** Whoever creates it disposes it. */
export class LineChart {
  readonly #chart: LinePlot;
  readonly #extras: ChartExtras | undefined;
  readonly #onZoom: (range: readonly [number, number]) => void;
  #frame: ChartFrame | undefined;

  constructor(
    canvas: HTMLCanvasElement,
    onZoom: (range: readonly [number, number]) => void,
    extras?: ChartExtras,
  ) {
    this.#extras = extras;
    this.#onZoom = onZoom;
    Chart.register(LineController, LineElement, PointElement, LinearScale, LogarithmicScale);
    const overlay: Plugin<"line"> = {
      id: "overlay",
      beforeDatasetsDraw: () => {
        this.#drawMarks();
      },
      afterDatasetsDraw: () => {
        this.#drawCrosshair();
      },
    };
    this.#chart = new Chart(canvas, {
      type: "line",
      data: { datasets: [] },
      plugins: [overlay, ...(extras?.plugins ?? [])],
    });
  }

  show(frame: ChartFrame): void {
    this.#frame = frame;
    this.#chart.data.datasets = frame.lines.map((line) => dataset(line, frame));
    const plugins = this.#extras?.options(frame, this.#onZoom);
    this.#chart.options = { ...chartOptions(frame), ...(plugins && { plugins }) };
    this.#chart.update("none");
  }

  /** Moves the crosshair without working anything out anew. */
  showCrosshair(x: number | undefined): void {
    if (this.#frame === undefined || this.#frame.crosshair === x) return;
    this.#frame = { ...this.#frame, crosshair: x };
    this.#chart.draw();
  }

  /** The x value under a pixel of the canvas. */
  valueAt(pixel: number): number | undefined {
    return this.#chart.scales.x?.getValueForPixel(pixel);
  }

  /** The pixel of the canvas at an x value. */
  pixelAt(value: number): number | undefined {
    return this.#chart.scales.x?.getPixelForValue(value);
  }

  dispose(): void {
    this.#chart.destroy();
  }

  #drawMarks(): void {
    const { ctx, chartArea, scales } = this.#chart;
    const scale = scales.x;
    if (this.#frame === undefined || scale === undefined) return;
    ctx.save();
    for (const { x, style, kind } of this.#frame.marks) {
      const pixel = scale.getPixelForValue(x);
      if (pixel < chartArea.left || pixel > chartArea.right) continue;
      ctx.strokeStyle = style.color;
      ctx.fillStyle = style.color;
      ctx.globalAlpha = kind === "checkpoint" ? 0.35 : 0.8;
      const top = kind === "checkpoint" ? chartArea.bottom - 6 : chartArea.top;
      ctx.setLineDash(kind === "resume" ? [3, 3] : []);
      ctx.beginPath();
      ctx.moveTo(pixel, top);
      ctx.lineTo(pixel, chartArea.bottom);
      ctx.stroke();
      if (kind === "fusion" || kind === "resume") drawFlag(ctx, pixel, chartArea.top);
    }
    ctx.restore();
  }

  #drawCrosshair(): void {
    const { ctx, chartArea, scales } = this.#chart;
    const x = this.#frame?.crosshair;
    const scale = scales.x;
    if (this.#frame === undefined || x === undefined || scale === undefined) return;
    const pixel = scale.getPixelForValue(x);
    ctx.save();
    ctx.strokeStyle = this.#frame.colors.text;
    ctx.setLineDash([2, 2]);
    ctx.beginPath();
    ctx.moveTo(pixel, chartArea.top);
    ctx.lineTo(pixel, chartArea.bottom);
    ctx.stroke();
    ctx.restore();
  }
}

function drawFlag(ctx: CanvasRenderingContext2D, x: number, top: number): void {
  ctx.beginPath();
  ctx.moveTo(x, top);
  ctx.lineTo(x + 7, top + 4);
  ctx.lineTo(x, top + 8);
  ctx.fill();
}

function dataset(line: Line, frame: ChartFrame): ChartDataset<"line", { x: number; y: number }[]> {
  const data = visiblePoints(line, frame);
  const bold = line.role === "heldout";
  return {
    data,
    borderColor: line.role === "raw" ? faded(line.style.color) : line.style.color,
    backgroundColor: line.style.color,
    borderWidth: bold ? 2.5 : 1,
    borderDash: [...line.style.dash],
    pointStyle: line.style.mark,
    pointRadius: bold && data.length <= markLimit ? 3.5 : bold ? 2 : 0,
    pointHitRadius: 0,
    pointHoverRadius: 0,
    borderJoinStyle: "round",
    order: { heldout: 0, training: 1, raw: 2 }[line.role],
  };
}

/** What is in sight and one point on either side, thinned; a logarithmic axis is thinned as it is seen. */
function visiblePoints({ x, y }: Line, frame: ChartFrame): { x: number; y: number }[] {
  const seenX = frame.x.kind === "logarithmic" ? Float64Array.from(x, Math.log10) : x;
  const seenY = frame.y.kind === "logarithmic" ? Float64Array.from(y, Math.log10) : y;
  const kept = downsample(seenX, seenY, pointLimit, visibleRange(x, frame.x));
  return Array.from(kept, (index) => ({ x: x[index]!, y: y[index]! }));
}

function visibleRange(
  x: ArrayLike<number>,
  { min = -Infinity, max = Infinity }: ChartScale,
): Range {
  return {
    from: Math.max(0, firstAtLeast(x, min) - 1),
    to: Math.min(x.length, firstAtLeast(x, max) + 1),
  };
}

function chartOptions({ x, y, colors }: ChartFrame): ChartOptions<"line"> {
  return {
    animation: false,
    parsing: false,
    normalized: true,
    responsive: true,
    maintainAspectRatio: false,
    events: [],
    font: { family: "system-ui, sans-serif" },
    scales: {
      x: { ...scaleOptions(x, colors), bounds: "data" },
      y: { ...scaleOptions(y, colors), grace: "3%" },
    },
  };
}

function scaleOptions(scale: ChartScale, colors: PageColors): Record<string, unknown> {
  return {
    type: scale.kind,
    min: scale.min,
    max: scale.max,
    title: { display: scale.title !== "", text: scale.title, color: colors.quiet },
    grid: { color: colors.grid },
    border: { color: colors.grid },
    ticks: {
      color: colors.quiet,
      maxRotation: 0,
      includeBounds: false,
      autoSkipPadding: 16,
      callback: (value: number | string) => scale.format(Number(value)),
    },
  };
}

/** The same colour, a quarter as strong. */
function faded(color: string): string {
  return `${color}40`;
}
