/** Where a checkpoint comes from, as a Markdown document; no VS Code in here, so that tests read it as it is. */
import { basename, dirname } from "node:path";
import type { CheckpointDetail } from "../../server/protocol/catalogue";
import type { Ancestor, Cost, Operation, Receipt } from "../../server/protocol/checkpoint";
import { count, deviation, duration, short } from "../format";
import { dimensionsText } from "../model-text";
import type { Translate } from "../translate";
import { plain } from "../views/nodes";
import { code, markdownTable } from "./markdown";

export function lineageMarkdown(detail: CheckpointDetail, t: Translate): string {
  const { lineage, directory, parameters, dimensions } = detail;
  const head = [
    `# ${checkpointTitle(directory, t, code)}`,
    "",
    t("{0} parameters; T5, {1}.", count(parameters), dimensionsText(dimensions, t)),
    "",
  ];
  if (lineage === undefined) {
    return [...head, t("It comes from elsewhere: no lineage is written in it."), ""].join("\n");
  }
  const { operation, parents, ancestors, cost, own_cost } = lineage;
  const made = operationText(operation, t);
  const names = parents.map(({ name }) => code(name)).join(" + ");
  return [
    ...head,
    names === "" ? `${made}.` : t("{0}, from {1}.", made, names),
    "",
    ...(operation.kind === "fused" ? receiptLines(operation.receipt, t) : []),
    ...costLines(own_cost, cost, t),
    ...(ancestors.length === 0 ? [] : [`## ${t("Ancestors")}`, ""]),
    ...ancestors.map((ancestor) => ancestorLine(ancestor, t)),
    "",
  ].join("\n");
}

/** "wide, step 2,000" of a run's checkpoint, else its folder's name. */
export function checkpointTitle(
  directory: string,
  t: Translate,
  shown: (name: string) => string,
): string {
  const step = /^step-(\d+)$/.exec(basename(directory))?.[1];
  if (step === undefined) return shown(basename(directory));
  return t("{0}, step {1}", shown(basename(dirname(directory))), count(Number(step)));
}

function operationText(operation: Operation, t: Translate): string {
  switch (operation.kind) {
    case "initialised":
      return t("Initialised with seed {0}", operation.seed);
    case "trained":
      return t("Trained {0} steps", count(operation.steps));
    case "fused":
      return t("Fused by {0}, fill {1}", operation.method, operation.fill);
    case "imported":
      return t("Imported from {0}", code(operation.source));
  }
}

function receiptLines(receipt: Receipt, t: Translate): string[] {
  const { kind, drift, limit, parent_losses, child_loss, filled_drift, probe } = receipt;
  const found: readonly [string, string] =
    kind === "exact"
      ? [t("exact"), t("{0} of the largest logit, limit {1}", deviation(drift), deviation(limit))]
      : [t("drifts"), t("{0} of the largest logit", deviation(drift))];
  const filled: readonly (readonly [string, string])[] =
    filled_drift === undefined
      ? []
      : [[t("after the fill"), t("drift {0}", deviation(filled_drift))]];
  const { examples, tokens, source } = probe;
  const rows: readonly (readonly [string, string])[] = [
    found,
    [t("loss of the parents"), parent_losses.map((loss) => loss.toFixed(3)).join(", ")],
    [t("loss of the child"), child_loss.toFixed(3)],
    ...filled,
    [
      t("measured on"),
      t("{0} examples, {1} tokens, {2}", count(examples), count(tokens), plain(source)),
    ],
  ];
  const columns = [
    { title: "", kind: "text" },
    { title: "", kind: "text" },
  ] as const;
  return [`## ${t("Receipt")}`, "", ...markdownTable(columns, rows)];
}

function costLines(own: Cost, all: Cost, t: Translate): string[] {
  const titles = [t("steps"), t("tokens"), t("FLOPs"), t("device time")];
  const row = (name: string, { steps, tokens, flops, device_seconds }: Cost): string[] => [
    ...[name, count(steps), short(tokens)],
    ...[short(flops), duration(device_seconds)],
  ];
  return [
    `## ${t("Cost")}`,
    "",
    ...markdownTable(
      [{ title: "", kind: "text" }, ...titles.map((title) => ({ title, kind: "number" }) as const)],
      [row(t("this operation"), own), row(t("with all ancestors"), all)],
    ),
  ];
}

function ancestorLine({ name, operation, weights_sha256, own_cost }: Ancestor, t: Translate) {
  const time = duration(own_cost.device_seconds);
  const hash = weights_sha256.slice(0, 12);
  const made = operationText(operation, t);
  return `- ${code(name)}: ${t("{0}; {1} of device time; weights {2}…", made, time, hash)}`;
}
