/** Comparisons and evaluations as Markdown documents; no VS Code in here, so that tests read them as they are. */
import { basename, dirname } from "node:path";
import type {
  ComparedPair,
  Comparison,
  HeldoutResult,
  TensorDifference,
  UnmatchedTensor,
} from "../../server/protocol/fusion";
import { count, deviation, percent } from "../format";
import type { Translate } from "../translate";
import { plain } from "../views/nodes";
import { code, markdownTable } from "./markdown";

/** The checkpoints are numbered, so that what follows can be short. */
export function comparisonMarkdown(
  checkpoints: readonly string[],
  { pairs, heldout, heldoutProblem }: Comparison,
  t: Translate,
): string {
  return [
    `# ${t("Comparison")}`,
    "",
    ...checkpoints.map((directory, index) => `${index + 1}. ${code(directory)}`),
    "",
    ...(heldout === undefined ? [] : heldoutTable(heldout, t)),
    ...(heldoutProblem === undefined ? [] : [plain(heldoutProblem), ""]),
    ...pairs.flatMap((pair) => pairLines(pair, t)),
  ].join("\n");
}

function pairLines(pair: ComparedPair, t: Translate): string[] {
  const { tensors, unmatched, part } = pair;
  return [
    `## ${pairTitle(pair, t)}`,
    "",
    ...(part === undefined
      ? []
      : [
          t(
            "Each kernel of the small model with the block of the fused one that it became, padding, fill and the factor of the head's average left out.",
          ),
          "",
        ]),
    ...(tensors.length === 0 ? [t("No tensor can be compared."), ""] : tensorLines(tensors, t)),
    ...(unmatched.length === 0 ? [] : [`### ${t("Not comparable")}`, ""]),
    ...unmatched.map((tensor) => `- ${code(tensor.name)}: ${reasonText(tensor, pair, t)}`),
    ...(unmatched.length === 0 ? [] : [""]),
  ];
}

function pairTitle({ one, other, part }: ComparedPair, t: Translate): string {
  if (part === undefined) return t("{0} and {1}", one + 1, other + 1);
  const { first, count: parts, names } = part;
  const place =
    parts === 1
      ? t("{0} and part {1} of {2}", one + 1, first + 1, other + 1)
      : t("{0} and parts {1} to {2} of {3}", one + 1, first + 1, first + parts, other + 1);
  return names.length === 0 ? place : t("{0}, from {1}", place, names.map(code).join(" + "));
}

function tensorLines(tensors: readonly TensorDifference[], t: Translate): string[] {
  const equal = tensors.filter(({ relativeDifference }) => relativeDifference === 0).length;
  const [first, ...rest] = tensors;
  const farthest = rest.reduce(
    (most, tensor) => (tensor.relativeDifference > most.relativeDifference ? tensor : most),
    first!,
  );
  return [
    t(
      "{0} tensors compared, {1} of them equal; the farthest apart is {2}, by {3}.",
      ...[count(tensors.length), count(equal)],
      ...[code(farthest.name), deviation(farthest.relativeDifference)],
    ),
    "",
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
  ];
}

function reasonText({ reason }: UnmatchedTensor, { one, other }: ComparedPair, t: Translate) {
  if (reason.kind === "missing") {
    return t("{0} does not have it", (reason.in === "one" ? one : other) + 1);
  }
  return t("[{0}] and [{1}]", reason.one.join(", "), reason.other.join(", "));
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
