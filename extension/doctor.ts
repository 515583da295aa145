/** `deep-fusion doctor` in the log: which engines run here, and why the others do not. */
import * as vscode from "vscode";
import type { DoctorAnswer } from "../server/protocol/engines";
import type { EnginesFound } from "../server/protocol/panel";
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

/** The same as data. Rejects only where the command line cannot be started. */
export async function examineEngines(): Promise<EnginesFound> {
  const { stdout, said } = await runCommandLine(["doctor", "--json"]);
  try {
    return { answer: JSON.parse(stdout) as DoctorAnswer };
  } catch {
    return { failed: said === "" ? vscode.l10n.t("The engines could not be looked at.") : said };
  }
}
