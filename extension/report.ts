/** A run's report page, written by the command line's own code and shown in a tab. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import * as vscode from "vscode";
import { nodeCommand } from "./node-command";

export async function openReport(runs: readonly string[]): Promise<void> {
  const [first] = runs;
  if (first === undefined) return;
  const file = join(first, "report.html");
  const { node, environment } = nodeCommand();
  const title = vscode.l10n.t("Writing the report");
  await vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title }, () =>
    promisify(execFile)(node, [join(__dirname, "cli.js"), "report", ...runs, "--out", file], {
      env: environment,
    }),
  );
  const page = vscode.window.createWebviewPanel(
    "deepFusion.report",
    vscode.l10n.t("Deep Fusion Report"),
    vscode.ViewColumn.Active,
    { enableScripts: true, localResourceRoots: [] },
  );
  const bytes = await vscode.workspace.fs.readFile(vscode.Uri.file(file));
  page.webview.html = new TextDecoder().decode(bytes);
}
