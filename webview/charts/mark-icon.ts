/** A stage's colour, mark and dash as a small picture, for legends, tables and the stage graph. */
import { svgElement } from "../dom";
import type { Mark, StageStyle } from "./palette";

/** Around (0, 0), 5 units in radius; as chart.js draws the point styles of the same names. */
const shapes: Readonly<Record<Mark, string>> = {
  circle: "M-5 0a5 5 0 1 0 10 0a5 5 0 1 0 -10 0z",
  triangle: "M0 -5L4.33 2.5L-4.33 2.5z",
  rect: "M-4 -4H4V4H-4z",
  rectRot: "M0 -5L5 0L0 5L-5 0z",
  crossRot: "M-4 -4L4 4M-4 4L4 -4",
  star: "M-5 0H5M0 -5V5M-3.5 -3.5L3.5 3.5M-3.5 3.5L3.5 -3.5",
  cross: "M-5 0H5M0 -5V5",
  rectRounded: "M-4 -2.5q0 -1.5 1.5 -1.5h5q1.5 0 1.5 1.5v5q0 1.5 -1.5 1.5h-5q-1.5 0 -1.5 -1.5z",
};

/** Decorative: the name stands beside it. */
export function markIcon(style: StageStyle): SVGElement {
  return svgElement(
    "svg",
    { class: "mark", viewBox: "0 -7 34 14", width: 34, height: 14, "aria-hidden": "true" },
    svgElement("path", {
      d: "M0 0H34",
      stroke: style.color,
      "stroke-width": 2,
      "stroke-dasharray": style.dash.join(" ") || undefined,
    }),
    markShape(style, 17, 0),
  );
}

/** The mark alone, at (x, y) of an SVG. */
export function markShape(style: StageStyle, x: number, y: number): SVGElement {
  return svgElement("path", {
    d: shapes[style.mark],
    transform: `translate(${String(x)} ${String(y)})`,
    stroke: style.color,
    "stroke-width": 2,
    fill: style.color,
  });
}
