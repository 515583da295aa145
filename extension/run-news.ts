/** What happens to runs while nobody looks at them: one that fails or waits is said, with its reason and the way on. */
import * as vscode from "vscode";
import type { RunStatus } from "../server/protocol/runs";
import { failures, type Standing, waiting } from "./run-failures";
import { plain, plainText } from "./views/nodes";

export class RunNews {
  private before: ReadonlyMap<string, Standing> | undefined;

  /** Of those that are failed when they are first seen nothing is said: the tree shows them. */
  readonly update = ({ runs }: { readonly runs: readonly RunStatus[] }): void => {
    for (const run of failures(this.before, runs)) void tellFailure(run);
    for (const run of waiting(this.before, runs)) void tellWait(run);
    this.before = new Map(runs.map((run) => [run.folder, run]));
  };
}

async function tellFailure({ folder, name, reason, resumable }: RunStatus): Promise<void> {
  const resume = vscode.l10n.t("Resume");
  const showLog = vscode.l10n.t("Show Log");
  const answer = await vscode.window.showErrorMessage(
    vscode.l10n.t("{0} failed. {1}", plain(name), plainText(reason ?? "")),
    ...(resumable ? [resume] : []),
    showLog,
  );
  if (answer === resume) await vscode.commands.executeCommand("deepFusion.resumeRun", folder);
  if (answer === showLog) await vscode.commands.executeCommand("deepFusion.showRunLog", folder);
}

async function tellWait({ folder, name, waits }: RunStatus): Promise<void> {
  const stop = vscode.l10n.t("Stop");
  const answer = await vscode.window.showWarningMessage(
    vscode.l10n.t("{0} waits. {1}", plain(name), plainText(waits ?? "")),
    stop,
  );
  if (answer === stop) await vscode.commands.executeCommand("deepFusion.stopRun", folder);
}
