/** What is shown before a fusion writes anything; no VS Code in here, so that tests read it as it is. */
import type { FusionChoice, FusionPreflight, ModelSize } from "../server/protocol/fusion";
import { bytes, short } from "./format";
import { dimensionsText } from "./model-text";
import type { Translate } from "./translate";
import { plain, plainText } from "./views/nodes";

type Plan = Extract<FusionPreflight, { kind: "fits" }>;
type Choice = Pick<FusionChoice, "method" | "fill"> & { readonly seed: number };

export function preflightText(plan: Plan, choice: Choice, t: Translate): string {
  return [
    ...plan.parents.map((parent) => t("Parent {0}: {1}", plain(parent.name), sizeText(parent, t))),
    t("Child: {0}", sizeText(plan.child, t)),
    "",
    t("Method: {0}, seed {1}", choice.method, choice.seed),
    ...methodLines(plan, choice, t),
    ...fillLines(plan, choice, t),
    ...plan.notes.map(plainText),
    plan.optimizer === "grow"
      ? t("The optimizer's state grows with the weights.")
      : t("The child's optimizer starts anew."),
    "",
    ...needLines(plan, t),
  ].join("\n");
}

function methodLines({ exact }: Plan, { method }: Choice, t: Translate): string[] {
  if (method === "property") {
    return [
      t("Exact: the child computes the mean of its parents' logits, to rounding."),
      t(
        "Each part keeps its own norms, so loading it elsewhere needs the model code written beside it.",
      ),
    ];
  }
  const stock = t("Stock T5 architecture: loads in transformers as it is.");
  if (exact) return [t("Exact: copies of one model meet in one norm without drift."), stock];
  return method === "rule"
    ? [t("Drifts: one norm over the whole width moves the logits from the parents' mean."), stock]
    : [t("Drifts a little: the norm's scales are measured on probe batches."), stock];
}

function fillLines({ twins }: Plan, { fill }: Choice, t: Translate): string[] {
  if (fill > 0)
    return [t("Fill of {0} moves the logits a little, after the receipt is taken.", fill)];
  return twins
    ? [
        t(
          "Without fill, equal parts stay alike until rounding tells them apart; training still works.",
        ),
      ]
    : [];
}

/** What is short says so: a fusion that runs out of disk waits for it, one that runs out of memory fails. */
function needLines(plan: Plan, t: Translate): string[] {
  const { diskBytes, freeDiskBytes, memoryBytes, freeMemoryBytes } = plan;
  const [disk, memory] = [bytes(diskBytes), bytes(memoryBytes)];
  return [
    freeDiskBytes === undefined
      ? t("Disk: {0}", disk)
      : freeDiskBytes < diskBytes
        ? t("Disk: {0} needed, and only {1} free", disk, bytes(freeDiskBytes))
        : t("Disk: {0} of {1} free", disk, bytes(freeDiskBytes)),
    freeMemoryBytes < memoryBytes
      ? t("Memory: about {0} needed, and only {1} free", memory, bytes(freeMemoryBytes))
      : t("Memory: about {0} of {1} free", memory, bytes(freeMemoryBytes)),
  ];
}

function sizeText({ parameters, dimensions }: ModelSize, t: Translate): string {
  return t("{0} parameters ({1})", short(parameters), dimensionsText(dimensions, t));
}
