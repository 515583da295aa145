/** What each fusion proved, what drifts, and what the models cost along their lineage. */
import type { Receipt } from "../../server/protocol/checkpoint";
import { duration, lossNumber, percent, shortNumber, wholeNumber } from "../charts/format";
import { markIcon } from "../charts/mark-icon";
import { dataTable, element } from "../dom";
import type { PageColors } from "../theme";
import { styleOf, type Stage } from "./model";

export function receiptCards(stages: readonly Stage[], colors: PageColors): HTMLElement[] {
  return stages.flatMap((stage) => {
    const operation = stage.lineage?.operation;
    if (stage.record.kind !== "fuse" || operation?.kind !== "fused") return [];
    const { receipt, method, fill, optimizer, seed } = operation;
    return [
      element(
        "article",
        { class: "receipt" },
        element(
          "h3",
          {},
          markIcon(styleOf(stage, colors.theme)),
          `${stage.label} = ${formula(stage)}`,
        ),
        element("p", { class: `verdict ${receipt.kind}` }, verdict(receipt)),
        factList([
          ["method", method],
          [
            "fill",
            fill === 0
              ? "none: off-diagonal blocks are zero"
              : `${fill} of each kernel's own deviation, seed ${seed}`,
          ],
          ["optimizer state", optimizer === "grow" ? "grown with the weights" : "reset"],
          ["parents' losses", receipt.parent_losses.map(lossNumber).join(", ")],
          ["child's loss", lossNumber(receipt.child_loss)],
          ...filled(receipt),
          ["probe", probeText(receipt)],
        ]),
      ),
    ];
  });
}

/** By the lineage, which has the copies of a self-fusion. */
function formula({ parents, lineage }: Stage): string {
  return (lineage?.parents.map(({ name }) => name) ?? parents).join(" + ");
}

function verdict({ kind, drift, limit }: Receipt): string {
  return kind === "exact"
    ? `Exact: the child's logits equal the mean of its parents' within ${drift.toExponential(2)} of the largest logit; the limit is ${limit.toExponential(2)}.`
    : `Drifts: the child's logits differ from the mean of its parents' by ${percent(drift)} of the largest logit. This method is not exact, so there is no limit.`;
}

function filled({ filled_drift, filled_loss }: Receipt): (readonly [string, string])[] {
  return [
    ...(filled_drift === undefined
      ? []
      : ([["drift with the fill", `${percent(filled_drift)} of the largest logit`]] as const)),
    ...(filled_loss === undefined
      ? []
      : ([["child's loss with the fill", lossNumber(filled_loss)]] as const)),
  ];
}

function probeText({ probe }: Receipt): string {
  return `${probe.source}: ${wholeNumber(probe.examples)} examples, ${wholeNumber(probe.tokens)} tokens`;
}

function factList(facts: readonly (readonly [string, string])[]): HTMLElement {
  return element(
    "dl",
    { class: "facts" },
    ...facts.map(([term, text]) =>
      element("div", {}, element("dt", {}, term), element("dd", {}, text)),
    ),
  );
}

/** Every stage with a checkpoint: where it came from, and what it cost with and without its ancestors. */
export function lineageTable(stages: readonly Stage[], colors: PageColors): HTMLElement {
  return dataTable(
    "Lineage: cost of each stage, with all that it descends from, each ancestor counted once",
    [
      { title: "stage", kind: "text" },
      { title: "from", kind: "text" },
      { title: "model", kind: "text" },
      { title: "parameters", kind: "number" },
      { title: "own steps", kind: "number" },
      { title: "own device time", kind: "number" },
      { title: "all steps", kind: "number" },
      { title: "all tokens", kind: "number" },
      { title: "all FLOPs", kind: "number" },
      { title: "all device time", kind: "number" },
      { title: "weights (SHA-256)", kind: "text" },
    ],
    stages
      .filter(({ record }) => record.kind !== "evaluate")
      .map((stage) => lineageCells(stage, stages, colors)),
  );
}

function lineageCells(
  stage: Stage,
  stages: readonly Stage[],
  colors: PageColors,
): (string | HTMLElement)[] {
  const { cost, own_cost } = stage.record;
  return [
    element("span", { class: "stage-name" }, markIcon(styleOf(stage, colors.theme)), stage.label),
    formula(stage) || originOf(stage),
    stage.model ?? "–",
    stage.parameters === undefined ? "–" : shortNumber(stage.parameters),
    own_cost === undefined ? "–" : wholeNumber(own_cost.steps),
    own_cost === undefined ? "–" : duration(own_cost.device_seconds),
    cost === undefined ? "–" : wholeNumber(cost.steps),
    cost === undefined ? "–" : shortNumber(cost.tokens),
    cost === undefined ? "–" : shortNumber(cost.flops),
    cost === undefined ? "–" : duration(cost.device_seconds),
    hashAsParent(stage, stages),
  ];
}

/** A child's lineage names its parents' weights; a stage that nothing descends from is not hashed. */
function hashAsParent(stage: Stage, stages: readonly Stage[]): string {
  const reference = stages
    .filter(({ run }) => run === stage.run)
    .flatMap(({ lineage }) => lineage?.parents ?? [])
    .find(({ name }) => name === stage.name);
  return reference === undefined ? "–" : reference.weights_sha256.slice(0, 12);
}

function originOf({ lineage }: Stage): string {
  const operation = lineage?.operation;
  return operation?.kind === "imported" ? operation.source : "initialised";
}
