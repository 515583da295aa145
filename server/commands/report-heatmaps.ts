/** Which of a stage's heat maps go into a report: all, or, where they are too many, steps at even distances. */
import { type HeatMapEntry, readHeatMap, readHeatMapIndex } from "../metrics/heatmap-file";
import type { PackedHeatMap } from "../protocol/report";
import { packHeatMap } from "./report-pack";

export interface ReportedHeatMaps {
  readonly maps: readonly PackedHeatMap[];
  readonly omitted: number;
}

/** At most about `budgetBytes` of pictures; the first and the last step of every kernel always. */
export async function readReportedHeatMaps(
  file: string,
  budgetBytes: number,
): Promise<ReportedHeatMaps> {
  const index = await readHeatMapIndex(file);
  const chosen = thinHeatMaps(index, budgetBytes);
  const maps: PackedHeatMap[] = [];
  for (const entry of chosen) maps.push(packHeatMap(await readHeatMap(file, entry)));
  return { maps, omitted: index.length - chosen.length };
}

type Picture = Pick<HeatMapEntry, "step" | "rows" | "columns">;

/** The same steps stay for every kernel, so that one slider serves all. */
export function thinHeatMaps<Entry extends Picture>(
  index: readonly Entry[],
  budgetBytes: number,
): Entry[] {
  const bytes = index.reduce((sum, { rows, columns }) => sum + 2 * rows * columns, 0);
  const steps = [...new Set(index.map(({ step }) => step))].sort((a, b) => a - b);
  const fitting = Math.floor((steps.length * budgetBytes) / Math.max(1, bytes));
  const kept = new Set(evenly(steps, Math.max(2, fitting)));
  return index.filter(({ step }) => kept.has(step));
}

function evenly(steps: readonly number[], count: number): readonly number[] {
  if (steps.length <= count) return steps;
  return Array.from(
    { length: count },
    (_, i) => steps[Math.round((i * (steps.length - 1)) / (count - 1))]!,
  );
}
