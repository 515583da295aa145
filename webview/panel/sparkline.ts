/** A curve in a few pixels: training thin, held-out bold; its figures stand beside it. */
import { downsample } from "../charts/downsample";
import type { StageStyle } from "../charts/palette";
import { smooth } from "../charts/smoothing";
import { svgElement } from "../dom";
import type { StageLog } from "../live/stage-log";

const size = { width: 260, height: 44, margin: 2 } as const;
/** Steps at the start that would squeeze all else into a line. */
const startShare = 0.05;

/** Nothing where there is no curve yet. */
export function sparkline(log: StageLog, style: StageStyle): SVGElement | undefined {
  const { step, loss } = log.steps;
  if (step.length < 2) return undefined;
  const smoothed = smooth(loss, Math.max(1, step.length / 50));
  const from = Math.floor(startShare * step.length);
  const kept = downsample(step, smoothed, size.width, { from, to: step.length });
  const training = Array.from(kept, (i) => [step[i]!, smoothed[i]!] as const);
  const heldout = log.heldout
    .filter((record) => record.step >= step[from]!)
    .map((record) => [record.step, record.heldout_loss] as const);
  const all = [...training, ...heldout];
  const x = scaleOf(
    all.map(([value]) => value),
    size.width,
  );
  const y = scaleOf(
    all.map(([, value]) => -value),
    size.height,
  );
  const path = (points: readonly (readonly [number, number])[]): string =>
    points
      .map(([a, b], i) => `${i === 0 ? "M" : "L"}${x(a).toFixed(1)} ${y(-b).toFixed(1)}`)
      .join("");
  const line = (points: readonly (readonly [number, number])[], width: number): SVGElement =>
    svgElement("path", {
      d: path(points),
      fill: "none",
      stroke: style.color,
      "stroke-width": width,
      "vector-effect": "non-scaling-stroke",
    });
  return svgElement(
    "svg",
    {
      class: "spark",
      viewBox: `0 0 ${size.width} ${size.height}`,
      preserveAspectRatio: "none",
      "aria-hidden": "true",
    },
    line(training, 1),
    line(heldout, 2.5),
  );
}

function scaleOf(values: readonly number[], length: number): (value: number) => number {
  const finite = values.filter((value) => Number.isFinite(value));
  const low = Math.min(...finite);
  const span = Math.max(...finite) - low || 1;
  return (value) => size.margin + ((value - low) / span) * (length - 2 * size.margin);
}
