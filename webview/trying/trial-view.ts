/** A question and its answers, a column for each checkpoint. */
import type {
  GeneratedAnswer,
  GenerateResult,
  PromptPiece,
} from "../../server/protocol/generation";
import type { TriedCheckpoint } from "../../server/protocol/trying";
import { wholeNumber } from "../charts/format";
import { type Child, element } from "../dom";
import { t } from "../l10n";
import { placeText } from "./checkpoint-list";
import { questionText } from "./settings";
import type { Trial } from "./trials";

/** @param actions what can be done with it, beside the question */
export function trialView(
  { question, results }: Trial,
  ...actions: readonly HTMLElement[]
): HTMLElement {
  const columns = question.checkpoints.map((checkpoint, index) =>
    column(checkpoint, results[index]),
  );
  return element(
    "article",
    { class: "trial", "aria-label": question.prompt },
    element("p", { class: "asked" }, question.prompt),
    element("p", { class: "quiet" }, questionText(question), ...actions),
    element("div", { class: "columns" }, ...columns),
  );
}

function column({ name, place }: TriedCheckpoint, result: GenerateResult | undefined): HTMLElement {
  return element(
    "section",
    { "aria-label": name },
    element("h3", {}, name, placeText(place)),
    ...(result === undefined ? [] : resultParts(result)),
  );
}

function resultParts(result: GenerateResult): HTMLElement[] {
  if (result.kind === "failed") {
    return [element("p", { class: "notice error" }, result.reason)];
  }
  const answers = result.answers.map(answerParts);
  if (answers.length === 1) return [element("div", {}, ...answers[0]!)];
  return [element("ol", {}, ...answers.map((parts) => element("li", {}, ...parts)))];
}

function answerParts(answer: GeneratedAnswer): HTMLElement[] {
  const { text, filled, tokens, logProbability, ended } = answer;
  const facts: readonly (readonly [string, Child])[] = [
    ...(filled === undefined
      ? []
      : [[t("as generated"), element("code", {}, shownText(text))] as const]),
    [t("tokens"), wholeNumber(tokens.length)],
    [t("log probability"), logProbability.toFixed(2)],
  ];
  return [
    element("p", { class: "answer" }, ...(filled?.map(pieceOf) ?? [shownText(text)])),
    element(
      "dl",
      { class: "facts" },
      ...facts.map(([term, value]) =>
        element("div", {}, element("dt", {}, term), element("dd", {}, value)),
      ),
    ),
    ...(ended
      ? []
      : [
          element(
            "p",
            { class: "cut" },
            t("Cut after {0} tokens: a longer answer may go on.", wholeNumber(tokens.length)),
          ),
        ]),
    element(
      "details",
      {},
      element("summary", {}, t("Token ids")),
      element("p", { class: "ids" }, tokens.join(" ")),
    ),
  ];
}

function pieceOf({ kind, text }: PromptPiece): Child {
  switch (kind) {
    case "prompt":
      return text;
    case "filled":
      return element("mark", {}, shownText(text));
    case "left":
      return element("span", { class: "left-out", title: t("left out by the model") }, text);
  }
}

/** Something is seen where there is nothing. */
function shownText(text: string): Child {
  return text === "" ? element("span", { class: "quiet" }, t("(nothing)")) : text;
}
