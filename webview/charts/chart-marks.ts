/** What stands in a chart besides its lines: where something happened, and the crosshair. */
import type { ChartArea, Scale } from "chart.js";
import type { PageColors } from "../theme";
import type { EventMark } from "./chart-frame";

export interface MarkPlace {
  readonly context: CanvasRenderingContext2D;
  readonly area: ChartArea;
  /** Of the x axis. */
  readonly scale: Scale;
}

export function drawMarks(marks: readonly EventMark[], { context, area, scale }: MarkPlace): void {
  context.save();
  const inSight = marks
    .map((mark) => ({ ...mark, pixel: scale.getPixelForValue(mark.x) }))
    .filter(({ pixel }) => pixel >= area.left && pixel <= area.right);
  for (const { pixel, style, kind } of apart(inSight)) {
    context.strokeStyle = style.color;
    context.fillStyle = style.color;
    context.globalAlpha = kind === "checkpoint" ? 0.35 : 0.8;
    context.setLineDash(kind === "resume" ? [3, 3] : []);
    drawUpright(context, pixel, [kind === "checkpoint" ? area.bottom - 6 : area.top, area.bottom]);
    if (kind === "fusion" || kind === "resume") drawFlag(context, pixel, area.top);
  }
  context.restore();
}

/** Pixels. */
const leastDistance = 4;

/** Without those of a kind that would run into the one before, of the same stage: a long run saves every minute. */
export function apart<Mark extends Pick<EventMark, "kind" | "style"> & { readonly pixel: number }>(
  marks: readonly Mark[],
): Mark[] {
  const last = new Map<string, number>();
  return marks.filter(({ pixel, kind, style }) => {
    const key = `${kind} ${style.color} ${style.mark}`;
    const before = last.get(key);
    if (before !== undefined && Math.abs(pixel - before) < leastDistance) return false;
    last.set(key, pixel);
    return true;
  });
}

export function drawCrosshair(
  x: number,
  { text }: PageColors,
  { context, area, scale }: MarkPlace,
): void {
  context.save();
  context.strokeStyle = text;
  context.setLineDash([2, 2]);
  drawUpright(context, scale.getPixelForValue(x), [area.top, area.bottom]);
  context.restore();
}

function drawUpright(
  context: CanvasRenderingContext2D,
  x: number,
  [top, bottom]: readonly [number, number],
): void {
  context.beginPath();
  context.moveTo(x, top);
  context.lineTo(x, bottom);
  context.stroke();
}

function drawFlag(context: CanvasRenderingContext2D, x: number, top: number): void {
  context.beginPath();
  context.moveTo(x, top);
  context.lineTo(x + 7, top + 4);
  context.lineTo(x, top + 8);
  context.fill();
}
