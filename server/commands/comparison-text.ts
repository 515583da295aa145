/** A comparison for the terminal: the table, and what its figures say in words. */
import type { Comparison, ComparisonRow } from "../protocol/report";
import { duration, lossText, percent, shortNumber } from "./format";
import { table } from "./table";
import type { Column } from "./table";

const columns: readonly Column[] = [
  { title: "STAGE", align: "left" },
  { title: "START", align: "right" },
  { title: "FRESH WIDE THERE", align: "right" },
  { title: "LOSS", align: "right" },
  { title: "ACCURACY", align: "right" },
  { title: "WIDE STEPS", align: "right" },
  { title: "TOKENS", align: "right" },
  { title: "FLOPS", align: "right" },
  { title: "TIME, ALL", align: "right" },
  { title: "OWN", align: "right" },
];

export function comparisonText(comparison: Comparison): readonly string[] {
  const { rows, stage } = comparison;
  const tokens = rows[0]?.evaluatedTokens ?? 0;
  return [
    `${stage}: held-out loss in nats per target token, on ${shortNumber(tokens)} tokens`,
    "",
    ...table(
      columns,
      rows.map((row) => cells(row, comparison)),
    ),
    "",
    "TOKENS, FLOPS and TIME, ALL count the parents, each once; OWN is the stage alone. TIME is device-seconds.",
    ...comparisonWords(comparison),
  ];
}

function cells(row: ComparisonRow, { rows, baseline }: Comparison): readonly string[] {
  const base = rows.find(({ stage }) => stage === baseline);
  const seconds = row.cost.device_seconds;
  return [
    row.stage,
    row.startLoss === undefined ? "-" : lossText(row.startLoss),
    row.baselineStepAtStart === undefined ? "-" : `step ${row.baselineStepAtStart}`,
    lossText(row.loss),
    percent(row.accuracy),
    String(row.wideSteps),
    shortNumber(row.cost.tokens),
    shortNumber(row.cost.flops),
    `${duration(seconds)}${share(seconds, base?.cost.device_seconds)}`,
    duration(row.ownCost.device_seconds),
  ];
}

function share(value: number, whole: number | undefined): string {
  return whole === undefined || whole === 0 ? "" : ` (${((100 * value) / whole).toFixed(0)} %)`;
}

/** Differences below this are what another seed changes at the sizes where runs take minutes. */
const seedSpread = 0.01;

/** What the figures say, and no more. */
export function comparisonWords({ rows, baseline }: Comparison): readonly string[] {
  const base = rows.find(({ stage }) => stage === baseline);
  const words =
    base === undefined ? [] : rows.flatMap((row) => (row === base ? [] : against(row, base)));
  const best = rows.reduce<ComparisonRow | undefined>(
    (lowest, row) => (lowest === undefined || row.loss < lowest.loss ? row : lowest),
    undefined,
  );
  if (best !== undefined && rows.length > 1) words.push(lowestWords(best, rows, base));
  if (base !== undefined && base.wideSteps < 100_000) {
    words.push(
      "The savings that the paper reports, 18 to 24 % of the time, are for T5-Medium and a million steps.",
    );
  }
  return words;
}

function against(row: ComparisonRow, base: ComparisonRow): readonly string[] {
  if (row.wideSteps === 0) return [`${row.stage}, which is not as wide, ${endWords(row, base)}.`];
  const parts: string[] = [];
  if (row.startLoss !== undefined && base.startLoss !== undefined) {
    const lead = base.startLoss - row.startLoss;
    const where = `${lossText(Math.abs(lead))} nats ${lead >= 0 ? "below" : "above"} ${base.stage}`;
    const there =
      row.baselineStepAtStart === undefined
        ? `which never gets there in its ${base.wideSteps} steps`
        : `which is there at step ${row.baselineStepAtStart} of ${base.wideSteps}`;
    parts.push(`starts at ${lossText(row.startLoss)}, ${where}, ${there}`);
  }
  const fewer = 1 - row.wideSteps / base.wideSteps;
  if (Number.isFinite(fewer)) {
    const amount = `${Math.abs(100 * fewer).toFixed(0)} %`;
    parts.push(`takes ${amount} ${fewer >= 0 ? "fewer" : "more"} wide steps`);
  }
  parts.push(endWords(row, base));
  return [
    `${row.stage} ${parts.slice(0, -1).join("; ")}${parts.length > 1 ? "; " : ""}${parts.at(-1)!}.`,
  ];
}

function endWords(row: ComparisonRow, base: ComparisonRow): string {
  const cost = (100 * row.cost.device_seconds) / base.cost.device_seconds;
  const at = Number.isFinite(cost) ? `, at ${cost.toFixed(0)} % of its total time,` : "";
  const difference = row.loss - base.loss;
  const amount = lossText(Math.abs(difference));
  if (Math.abs(difference) < seedSpread) {
    return `ends${at} level with ${base.stage} (${amount} ${difference < 0 ? "lower" : "higher"}, less than another seed would change)`;
  }
  return `ends${at} ${amount} nats ${difference < 0 ? "lower" : "higher"} than ${base.stage}`;
}

function lowestWords(
  best: ComparisonRow,
  rows: readonly ComparisonRow[],
  base: ComparisonRow | undefined,
): string {
  const near = rows.filter((row) => row !== best && row.loss - best.loss < seedSpread);
  const beside =
    near.length === 0 ? "" : `, level with ${near.map(({ stage }) => stage).join(", ")}`;
  const narrow = base !== undefined && best.wideSteps === 0;
  const meaning = narrow ? "; at this size and budget, width is not what is missing" : "";
  return `The lowest loss is ${lossText(best.loss)}, ${best.stage}'s${beside}${meaning}.`;
}
