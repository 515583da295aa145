/** `deep-fusion doctor` in the log: which engines run here, and why the others do not. */
import * as vscode from "vscode";
import { runCommandLine } from "./command-line";

export async function runDoctor(log: vscode.LogOutputChannel): Promise<void> {
  const title = vscode.l10n.t("Looking at the engines");
  const location = vscode.ProgressLocation.Notification;
  const { stdout, said } = await vscode.window.withProgress({ location, title }, () =>
    runCommandLine(["doctor"]),
  );
  log.show();
  // That no engine runs is an answer too.
  for (const line of `${stdout}${said}`.trimEnd().split("\n")) log.info(line);
}
