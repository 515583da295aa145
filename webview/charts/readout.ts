/** The exact values under the crosshair, looked up in all points, not only in those drawn. */
import { t } from "../l10n";
import type { Line } from "./chart-frame";
import type { StageStyle } from "./palette";
import { nearestIndex } from "./search";

export interface Reading {
  readonly id: string;
  readonly label: string;
  readonly style: StageStyle;
  /** Of the point read, which is the nearest one. */
  readonly x: number;
  readonly values: readonly { readonly name: string; readonly value: number }[];
}

const names = { raw: "", training: t("smoothed"), heldout: t("held-out") } as const;

/** One reading a stage that has a point near `x`: inside its own span, or within `slack` of it. */
export function readingsAt(lines: readonly Line[], x: number, slack: number): Reading[] {
  const stages = new Map<string, Line[]>();
  for (const line of lines) stages.set(line.id, [...(stages.get(line.id) ?? []), line]);
  return [...stages.values()].flatMap((group) => readingOf(group, x, slack));
}

function readingOf(group: readonly Line[], x: number, slack: number): Reading[] {
  const smoothed = group.some(({ role }) => role === "raw");
  const found = group.flatMap((line) => {
    const index = nearestIndex(line.x, x);
    if (index < 0 || isOutside(line, x, slack)) return [];
    const name = line.role === "training" && !smoothed ? "" : names[line.role];
    return [{ x: line.x[index]!, name, value: line.y[index]!, line }];
  });
  const [first] = found;
  if (first === undefined) return [];
  const { id, label, style } = first.line;
  return [
    { id, label, style, x: first.x, values: found.map(({ name, value }) => ({ name, value })) },
  ];
}

function isOutside({ x }: Line, place: number, slack: number): boolean {
  return place < x[0]! - slack || place > x[x.length - 1]! + slack;
}
