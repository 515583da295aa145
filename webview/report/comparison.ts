/** The comparison table: what each stage reached, and at which cost, with and without its parents. */
import type { Comparison, ComparisonRow } from "../../server/protocol/report";
import { duration, lossNumber, percent, shortNumber, wholeNumber } from "../charts/format";
import { markIcon } from "../charts/mark-icon";
import { dataTable, element, type Child, type TableColumn } from "../dom";
import type { PageColors } from "../theme";
import { styleOf, type Stage } from "./model";

const columns: readonly TableColumn[] = [
  { title: "stage", kind: "text" },
  { title: "starts at loss", kind: "number" },
  { title: "baseline is there at step", kind: "number" },
  { title: "held-out loss", kind: "number" },
  { title: "token accuracy", kind: "number" },
  { title: "wide steps", kind: "number" },
  { title: "tokens, with parents", kind: "number" },
  { title: "FLOPs, with parents", kind: "number" },
  { title: "device time, with parents", kind: "number" },
  { title: "device time, own", kind: "number" },
];

export function comparisonTable(
  comparison: Comparison,
  stages: readonly Stage[],
  colors: PageColors,
): HTMLElement {
  const lowest = Math.min(...comparison.rows.map(({ loss }) => loss));
  const base = comparison.rows.find(({ stage }) => stage === comparison.baseline);
  const rows = comparison.rows.map((row) =>
    cells(row, { lowest, base, stage: stages.find(({ name }) => name === row.stage), colors }),
  );
  return dataTable(captionOf(comparison), columns, rows);
}

function captionOf({ stage, baseline, rows }: Comparison): string {
  const tokens = rows[0]?.evaluatedTokens;
  const on = tokens === undefined ? "" : `, ${wholeNumber(tokens)} held-out target tokens`;
  const against = baseline === undefined ? "" : `; percentages are of ${baseline}, the baseline`;
  return `${stage}: loss in nats per target token${on}${against}`;
}

interface RowContext {
  readonly lowest: number;
  readonly base: ComparisonRow | undefined;
  readonly stage: Stage | undefined;
  readonly colors: PageColors;
}

function cells(row: ComparisonRow, { lowest, base, stage, colors }: RowContext): Child[] {
  const loss = lossNumber(row.loss);
  return [
    element(
      "span",
      { class: "stage-name" },
      stage === undefined ? undefined : markIcon(styleOf(stage, colors.theme)),
      row.stage,
    ),
    row.startLoss === undefined ? "–" : lossNumber(row.startLoss),
    row.baselineStepAtStart === undefined ? "–" : wholeNumber(row.baselineStepAtStart),
    row.loss === lowest ? element("strong", {}, `${loss} (lowest)`) : loss,
    percent(row.accuracy),
    wholeNumber(row.wideSteps),
    withShare(shortNumber(row.cost.tokens), row.cost.tokens, base?.cost.tokens),
    withShare(shortNumber(row.cost.flops), row.cost.flops, base?.cost.flops),
    withShare(
      duration(row.cost.device_seconds),
      row.cost.device_seconds,
      base?.cost.device_seconds,
    ),
    withShare(
      duration(row.ownCost.device_seconds),
      row.ownCost.device_seconds,
      base?.ownCost.device_seconds,
    ),
  ];
}

/** "41.2 s (96 %)": of the baseline's. */
function withShare(text: string, value: number, whole: number | undefined): string {
  return whole === undefined || whole === 0
    ? text
    : `${text} (${((100 * value) / whole).toFixed(0)} %)`;
}
