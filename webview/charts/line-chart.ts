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
import type { ChartFrame, ChartScale, Line } from "./chart-frame";
import { drawCrosshair, drawMarks, type MarkPlace } from "./chart-marks";
import { downsample, type Range } from "./downsample";
import { firstAtLeast } from "./search";

/** What plug-ins of chart.js add to every chart; report.html does without, to stay small. */
export interface ChartExtras {
  readonly plugins: readonly Plugin<"line">[];
  /** `options.plugins` of chart.js. */
  readonly options: (
    frame: ChartFrame,
    onZoom: (range: readonly [number, number]) => void,
  ) => NonNullable<ChartOptions<"line">["plugins"]>;
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
        const place = this.#place();
        if (place !== undefined) drawMarks(this.#frame?.marks ?? [], place);
      },
      afterDatasetsDraw: () => {
        const place = this.#place();
        const { crosshair, colors } = this.#frame ?? {};
        if (place === undefined || crosshair === undefined || colors === undefined) return;
        drawCrosshair(crosshair, colors, place);
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

  #place(): MarkPlace | undefined {
    const { ctx, chartArea, scales } = this.#chart;
    return scales.x && { context: ctx, area: chartArea, scale: scales.x };
  }
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
    pointRadius: bold ? markRadii(data.length) : 0,
    pointHitRadius: 0,
    pointHoverRadius: 0,
    borderJoinStyle: "round",
    order: { heldout: 0, training: 1, raw: 2 }[line.role],
  };
}

/** Radius of each point's mark: where there are many, of some at even distances. */
export function markRadii(count: number): number[] {
  const stride = Math.ceil(count / markLimit);
  return Array.from({ length: count }, (_, index) => (index % stride === 0 ? 3.5 : 0));
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
