/** What happens to runs while nobody looks at them: one that fails is said, with its reason and the way on. */
import * as vscode from "vscode";
import type { RunState, RunStatus } from "../server/protocol/runs";
import { failures } from "./run-failures";
import { plain } from "./views/nodes";

export class RunNews {
  private before: ReadonlyMap<string, RunState> | undefined;

  /** Of those that are failed when they are first seen nothing is said: the tree shows them. */
  readonly update = ({ runs }: { readonly runs: readonly RunStatus[] }): void => {
    for (const run of failures(this.before, runs)) void tell(run);
    this.before = new Map(runs.map(({ folder, state }) => [folder, state]));
  };
}

async function tell({ folder, name, reason, resumable }: RunStatus): Promise<void> {
  const resume = vscode.l10n.t("Resume");
  const showLog = vscode.l10n.t("Show Log");
  const answer = await vscode.window.showErrorMessage(
    vscode.l10n.t("{0} failed. {1}", plain(name), plain(reason ?? "")),
    ...(resumable ? [resume] : []),
    showLog,
  );
  if (answer === resume) await vscode.commands.executeCommand("deepFusion.resumeRun", folder);
  if (answer === showLog) await vscode.commands.executeCommand("deepFusion.showRunLog", folder);
}
