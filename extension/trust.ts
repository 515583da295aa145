/** In a workspace that is not trusted one may look, but nothing is trained, fused or evaluated. */
import * as vscode from "vscode";

/** Whether it may go on; where not, it is said what to do. Commands of code lenses and drops ask no `when` clause. */
export function isAllowed(): boolean {
  if (vscode.workspace.isTrusted) return true;
  void tell();
  return false;
}

async function tell(): Promise<void> {
  const manage = vscode.l10n.t("Manage Workspace Trust");
  const answer = await vscode.window.showWarningMessage(
    vscode.l10n.t(
      "This workspace is not trusted: recipes and checkpoints can be looked at, but nothing is trained or fused.",
    ),
    manage,
  );
  if (answer === manage) await vscode.commands.executeCommand("workbench.trust.manage");
}
