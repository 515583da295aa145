/** What a run's figures say, in sentences. Every sentence is worked out from the figures; none is stock. */
import type {
  Comparison,
  ComparisonRow,
  ReportRun,
  ReportStage,
} from "../../server/protocol/report";
import { duration, lossNumber, percent, wholeNumber } from "../charts/format";

export function summarise(run: ReportRun): string[] {
  return [
    ...whatWasDone(run),
    ...run.stages.flatMap((stage) => fusionSentence(stage)),
    ...run.comparisons.flatMap((comparison) => comparisonSentences(comparison, run)),
    ...run.stages.flatMap(({ name, record: { error } }) =>
      error === undefined ? [] : [`Stage ${name} failed: ${error}`],
    ),
  ];
}

function whatWasDone({ stages }: ReportRun): string[] {
  const trained = stages.filter(({ record }) => record.kind === "train");
  const fused = stages.filter(({ record }) => record.kind === "fuse");
  if (trained.length === 0 && fused.length === 0) return [];
  const seconds = stages.reduce(
    (sum, { record }) => sum + (record.own_cost?.device_seconds ?? 0),
    0,
  );
  const parts = [
    ...(trained.length > 0 ? [count(trained, "training stage")] : []),
    ...(fused.length > 0 ? [count(fused, "fusion")] : []),
  ];
  const spent = seconds > 0 ? ` in ${duration(seconds)} of device time` : "";
  return [`${parts.join(" and ")}${spent}.`];
}

function fusionSentence({ name, parents, lineage }: ReportStage): string[] {
  const operation = lineage?.operation;
  if (operation?.kind !== "fused") return [];
  const { method, receipt } = operation;
  const origin =
    parents.length === 1 || new Set(parents).size === 1
      ? `${parents[0] ?? "its parent"} with itself`
      : list(parents);
  const drift = receipt.drift.toExponential(1);
  const how =
    receipt.kind === "exact"
      ? `exact: its logits equal its parents' mean within ${drift} of the largest logit (limit ${receipt.limit.toExponential(0)})`
      : `drifts: its logits differ from its parents' mean by ${percent(receipt.drift)} of the largest logit`;
  return [`${name} fuses ${origin} by ${method}, ${how}.`];
}

function comparisonSentences({ rows, baseline }: Comparison, run: ReportRun): string[] {
  if (rows.length === 0) return [];
  const sorted = [...rows].sort((a, b) => a.loss - b.loss);
  const best = sorted[0]!;
  const base = rows.find(({ stage }) => stage === baseline);
  return [
    `Lowest held-out loss: ${best.stage}, ${lossNumber(best.loss)} nats per target token, accuracy ${percent(best.accuracy)}${gapTo(sorted[1])}.`,
    ...(base === undefined
      ? []
      : rows
          .filter(({ stage }) => stage !== base.stage)
          .flatMap((row) => againstBaseline(row, base, run))),
  ];

  function gapTo(second: ComparisonRow | undefined): string {
    if (second === undefined) return "";
    return `; next is ${second.stage} with ${lossNumber(second.loss)}`;
  }
}

/** Start, result and cost of one row beside the baseline's. */
function againstBaseline(row: ComparisonRow, base: ComparisonRow, run: ReportRun): string[] {
  const parts: string[] = [];
  const { startLoss, baselineStepAtStart } = row;
  if (startLoss !== undefined && baselineStepAtStart !== undefined) {
    const total = run.stages.find(({ name }) => name === base.stage)?.record.steps;
    const of = total === undefined ? "" : ` of ${wholeNumber(total)}`;
    parts.push(
      `starts at ${lossNumber(startLoss)}, where ${base.stage} is at step ${wholeNumber(baselineStepAtStart)}${of}`,
    );
  }
  const gap = row.loss - base.loss;
  parts.push(
    Math.abs(gap) < 0.0005
      ? `ends at the same loss as ${base.stage}`
      : `ends ${Math.abs(gap).toFixed(3)} nats ${gap < 0 ? "below" : "above"} ${base.stage}`,
  );
  const share = row.cost.device_seconds / base.cost.device_seconds;
  if (Number.isFinite(share))
    parts.push(`with ${percentOf(share)} of its device time, parents included`);
  if (row.wideSteps > 0 && base.wideSteps > 0)
    parts.push(`${wholeNumber(row.wideSteps)} wide steps against ${wholeNumber(base.wideSteps)}`);
  return [`${row.stage} ${parts.join(", ")}.`];
}

function percentOf(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}

function count(items: readonly unknown[], noun: string): string {
  return `${items.length} ${noun}${items.length === 1 ? "" : "s"}`;
}

function list(words: readonly string[]): string {
  if (words.length < 2) return words.join("");
  return `${words.slice(0, -1).join(", ")} and ${words.at(-1)!}`;
}
