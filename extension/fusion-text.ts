/** What is shown before a fusion writes anything. */
import * as vscode from "vscode";
import type { FusionMethod } from "../server/protocol/checkpoint";
import type { FusionPreflight, ModelSize } from "../server/protocol/fusion";
import { bytes, short } from "./format";
import { plain } from "./views/nodes";

export function preflightText(
  plan: Extract<FusionPreflight, { kind: "fits" }>,
  { method, seed }: { readonly method: FusionMethod; readonly seed: number },
): string {
  const { diskBytes, freeDiskBytes, memoryBytes, freeMemoryBytes } = plan;
  return [
    ...plan.parents.map((parent) =>
      vscode.l10n.t("Parent {0}: {1}", plain(parent.name), size(parent)),
    ),
    vscode.l10n.t("Child: {0}", size(plan.child)),
    "",
    vscode.l10n.t("Method: {0}, seed {1}", method, seed),
    ...plan.notes,
    plan.optimizer === "grow"
      ? vscode.l10n.t("The optimizer's state grows with the weights.")
      : vscode.l10n.t("The child's optimizer starts anew."),
    "",
    freeDiskBytes === undefined
      ? vscode.l10n.t("Disk: {0}", bytes(diskBytes))
      : vscode.l10n.t("Disk: {0} of {1} free", bytes(diskBytes), bytes(freeDiskBytes)),
    vscode.l10n.t("Memory: about {0} of {1} free", bytes(memoryBytes), bytes(freeMemoryBytes)),
  ].join("\n");
}

function size({ parameters, sizes }: ModelSize): string {
  return vscode.l10n.t("{0} parameters ({1})", short(parameters), sizes);
}
