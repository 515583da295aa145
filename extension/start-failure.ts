/** The server does not start: said once, calmly, with what can be done about it. */
import * as vscode from "vscode";
import { messageOf } from "./guard";
import { plainText } from "./views/nodes";

export async function tellStartFailure(
  error: unknown,
  log: vscode.LogOutputChannel,
): Promise<void> {
  const settings = vscode.l10n.t("Open Settings");
  const again = vscode.l10n.t("Try Again");
  const showLog = vscode.l10n.t("Show Log");
  const answer = await vscode.window.showErrorMessage(
    vscode.l10n.t("Deep Fusion's server does not run. {0}", plainText(messageOf(error))),
    settings,
    again,
    showLog,
  );
  if (answer === settings) await openNodeSetting();
  if (answer === again) await vscode.commands.executeCommand("deepFusion.restartServer");
  if (answer === showLog) log.show();
}

/** It is the machine's where the server runs: far away that is another page than the user's own. */
async function openNodeSetting(): Promise<void> {
  const query = "deepFusion.node.path";
  await (vscode.env.remoteName === undefined
    ? vscode.commands.executeCommand("workbench.action.openSettings", query)
    : vscode.commands.executeCommand("workbench.action.openRemoteSettings", { query }));
}
