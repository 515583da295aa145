/** Answers as Markdown documents: lineage, comparison, evaluation. Names are shown as code, so that none is markup. */
import { basename, dirname } from "node:path";
import * as vscode from "vscode";
import type { CheckpointDetail } from "../server/protocol/catalogue";
import type { Ancestor, Cost, Operation } from "../server/protocol/checkpoint";
import type { Comparison, HeldoutResult } from "../server/protocol/fusion";
import { count, deviation, duration, percent, short } from "./format";
import { plain } from "./views/nodes";

export function lineageMarkdown(detail: CheckpointDetail): string {
  const { lineage, directory, parameters, model } = detail;
  const head = [
    `# ${code(basename(directory))}`,
    "",
    `${count(parameters)} parameters; ${model}.`,
    "",
  ];
  if (lineage === undefined) {
    return [
      ...head,
      vscode.l10n.t("It comes from elsewhere: no lineage is written in it."),
      "",
    ].join("\n");
  }
  const { operation, parents, ancestors, cost, own_cost } = lineage;
  const names = parents.map(({ name }) => code(name)).join(" + ");
  return [
    ...head,
    `${operationText(operation)}${names === "" ? "" : `, from ${names}`}.`,
    "",
    ...receiptLines(operation),
    `## ${vscode.l10n.t("Cost")}`,
    "",
    `| | ${["steps", "tokens", "FLOPs", "device time"].join(" | ")} |`,
    "| --- | ---: | ---: | ---: | ---: |",
    costRow(vscode.l10n.t("this operation"), own_cost),
    costRow(vscode.l10n.t("with all ancestors"), cost),
    "",
    ...(ancestors.length === 0 ? [] : [`## ${vscode.l10n.t("Ancestors")}`, ""]),
    ...ancestors.map(ancestorLine),
    "",
  ].join("\n");
}

function ancestorLine({ name, operation, weights_sha256, own_cost }: Ancestor): string {
  return `- ${code(name)}: ${operationText(operation)}; ${duration(own_cost.device_seconds)} of device time; weights ${weights_sha256.slice(0, 12)}…`;
}

function operationText(operation: Operation): string {
  switch (operation.kind) {
    case "initialised":
      return `Initialised with seed ${operation.seed}`;
    case "trained":
      return `Trained ${count(operation.steps)} steps`;
    case "fused":
      return `Fused by ${operation.method}, fill ${operation.fill}`;
    case "imported":
      return `Imported from ${code(operation.source)}`;
  }
}

function receiptLines(operation: Operation): string[] {
  if (operation.kind !== "fused") return [];
  const { kind, drift, limit, parent_losses, child_loss, filled_drift, probe } = operation.receipt;
  const rows: [string, string][] = [
    [
      kind === "exact" ? "exact" : "drifts",
      `${deviation(drift)} of the largest logit${kind === "exact" ? `, limit ${deviation(limit)}` : ""}`,
    ],
    ["loss of the parents", parent_losses.map((loss) => loss.toFixed(4)).join(", ")],
    ["loss of the child", child_loss.toFixed(4)],
    ...(filled_drift === undefined
      ? []
      : [["after the fill", `drift ${deviation(filled_drift)}`] as [string, string]]),
    [
      "measured on",
      `${probe.examples} examples, ${count(probe.tokens)} tokens, ${plain(probe.source)}`,
    ],
  ];
  return [
    `## ${vscode.l10n.t("Receipt")}`,
    "",
    "| | |",
    "| --- | --- |",
    ...rows.map(([name, value]) => `| ${name} | ${value} |`),
    "",
  ];
}

function costRow(name: string, { steps, tokens, flops, device_seconds }: Cost): string {
  return `| ${name} | ${count(steps)} | ${short(tokens)} | ${flops.toPrecision(3)} | ${duration(device_seconds)} |`;
}

export function comparisonMarkdown(
  checkpoints: readonly [string, string],
  { tensors, unmatched, heldout, heldoutProblem }: Comparison,
): string {
  return [
    `# ${vscode.l10n.t("Comparison")}`,
    "",
    ...checkpoints.map((directory, index) => `${index + 1}. ${code(directory)}`),
    "",
    ...(heldout === undefined ? [] : heldoutTable(heldout)),
    ...(heldoutProblem === undefined ? [] : [plain(heldoutProblem), ""]),
    `| tensor | shape | relative difference | cosine |`,
    "| --- | --- | ---: | ---: |",
    ...tensors.map(
      ({ name, shape, relativeDifference, cosine }) =>
        `| ${code(name)} | ${shape.join(" x ")} | ${deviation(relativeDifference)} | ${cosine.toFixed(4)} |`,
    ),
    "",
    ...(unmatched.length === 0 ? [] : [`## ${vscode.l10n.t("Not comparable")}`, ""]),
    ...unmatched.map((text) => `- ${code(text)}`),
    "",
  ].join("\n");
}

export function evaluationMarkdown(results: readonly HeldoutResult[]): string {
  return [`# ${vscode.l10n.t("Evaluation")}`, "", ...heldoutTable(results)].join("\n");
}

function heldoutTable(results: readonly HeldoutResult[]): string[] {
  return [
    "| checkpoint | held-out loss | accuracy | tokens |",
    "| --- | ---: | ---: | ---: |",
    ...results.map(
      ({ checkpoint, loss, accuracy, tokens }) =>
        `| ${code(`${basename(dirname(checkpoint))}/${basename(checkpoint)}`)} | ${loss.toFixed(4)} | ${percent(accuracy)} | ${count(tokens)} |`,
    ),
    "",
  ];
}

/** Between as many backticks as it takes; a bar would end a table's cell. */
function code(text: string): string {
  const shown = plain(text).replaceAll("|", "\u2758");
  const longest = Math.max(0, ...[...shown.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return longest === 0 ? `${fence}${shown}${fence}` : `${fence} ${shown} ${fence}`;
}
