/** A run's report page, written by the command line's own code and shown in a tab. */
import { join } from "node:path";
import * as vscode from "vscode";
import { runCommandLine } from "./command-line";
import { pageIcon } from "./panels/page";

export async function showReport(extension: vscode.Uri, runs: readonly string[]): Promise<void> {
  const [first] = runs;
  if (first === undefined) return;
  const file = join(first, "report.html");
  const title = vscode.l10n.t("Writing the report");
  const { succeeded, said } = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title },
    () => runCommandLine(["report", ...runs, "--out", file]),
  );
  if (!succeeded) throw new Error(said);
  const page = vscode.window.createWebviewPanel(
    "deepFusion.report",
    vscode.l10n.t("Deep Fusion Report"),
    vscode.ViewColumn.Active,
    { enableScripts: true, localResourceRoots: [] },
  );
  page.iconPath = pageIcon(extension);
  const bytes = await vscode.workspace.fs.readFile(vscode.Uri.file(file));
  page.webview.html = new TextDecoder().decode(bytes);
}
