/** What a run's figures say, in sentences. Every sentence is worked out from the figures; none is stock. */
import type { ReportRun, ReportStage } from "../../server/protocol/report";
import { duration, percent } from "../charts/format";

export function summarise(run: ReportRun): string[] {
  return [
    ...whatWasDone(run),
    ...run.stages.flatMap((stage) => fusionSentence(stage)),
    ...run.conclusions,
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

function count(items: readonly unknown[], noun: string): string {
  return `${items.length} ${noun}${items.length === 1 ? "" : "s"}`;
}

function list(words: readonly string[]): string {
  if (words.length < 2) return words.join("");
  return `${words.slice(0, -1).join(", ")} and ${words.at(-1)!}`;
}
