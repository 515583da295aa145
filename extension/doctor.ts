/** `deep-fusion doctor` in the log: which engines run here, and why the others do not. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import * as vscode from "vscode";
import { nodeCommand } from "./node-command";

export async function runDoctor(log: vscode.LogOutputChannel): Promise<void> {
  const title = vscode.l10n.t("Looking at the engines");
  const location = vscode.ProgressLocation.Notification;
  const report = await vscode.window.withProgress({ location, title }, () => ask());
  log.show();
  for (const line of report.trimEnd().split("\n")) log.info(line);
}

async function ask(): Promise<string> {
  const { node, environment: env } = nodeCommand();
  const { stdout } = await promisify(execFile)(node, [join(__dirname, "cli.js"), "doctor"], {
    env,
  });
  return stdout;
}
