/** Comparisons and evaluations as Markdown documents; no VS Code in here, so that tests read them as they are. */
import { basename, dirname } from "node:path";
import type { Comparison, HeldoutResult } from "../../server/protocol/fusion";
import { count, deviation, percent } from "../format";
import type { Translate } from "../translate";
import { plain } from "../views/nodes";
import { code, markdownTable } from "./markdown";

export function comparisonMarkdown(
  checkpoints: readonly [string, string],
  { tensors, unmatched, heldout, heldoutProblem }: Comparison,
  t: Translate,
): string {
  return [
    `# ${t("Comparison")}`,
    "",
    ...checkpoints.map((directory, index) => `${index + 1}. ${code(directory)}`),
    "",
    ...(heldout === undefined ? [] : heldoutTable(heldout, t)),
    ...(heldoutProblem === undefined ? [] : [plain(heldoutProblem), ""]),
    ...markdownTable(
      [
        { title: t("tensor"), kind: "text" },
        { title: t("shape"), kind: "text" },
        { title: t("relative difference"), kind: "number" },
        { title: t("cosine"), kind: "number" },
      ],
      tensors.map(({ name, shape, relativeDifference, cosine }) => [
        ...[code(name), shape.join(" x ")],
        ...[deviation(relativeDifference), cosine.toFixed(4)],
      ]),
    ),
    ...(unmatched.length === 0 ? [] : [`## ${t("Not comparable")}`, ""]),
    ...unmatched.map((text) => `- ${code(text)}`),
    "",
  ].join("\n");
}

export function evaluationMarkdown(results: readonly HeldoutResult[], t: Translate): string {
  return [`# ${t("Evaluation")}`, "", ...heldoutTable(results, t)].join("\n");
}

function heldoutTable(results: readonly HeldoutResult[], t: Translate): string[] {
  return markdownTable(
    [
      { title: t("checkpoint"), kind: "text" },
      { title: t("held-out loss"), kind: "number" },
      { title: t("accuracy"), kind: "number" },
      { title: t("tokens"), kind: "number" },
    ],
    results.map(({ checkpoint, loss, accuracy, tokens }) => [
      code(`${basename(dirname(checkpoint))}/${basename(checkpoint)}`),
      ...[loss.toFixed(4), percent(accuracy), count(tokens)],
    ]),
  );
}
