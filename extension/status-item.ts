/** The one status item: what runs, and how far; a click shows the panel. */
import * as vscode from "vscode";
import type { Catalogue } from "../server/protocol/catalogue";
import { shareDone } from "./format";
import { plain, runState, runStates } from "./views/nodes";

export class StatusItem {
  private readonly item = vscode.window.createStatusBarItem(
    "deepFusion.status",
    vscode.StatusBarAlignment.Left,
    0,
  );

  constructor() {
    this.item.name = "Deep Fusion";
    this.item.command = "deepFusion.checkpoints.focus";
  }

  /** Nothing is shown where nothing runs. */
  update({ runs }: Catalogue): void {
    const running = runs.filter((run) => runStates.active.includes(runState(run)));
    const [first] = running;
    if (first === undefined) {
      this.item.hide();
      return;
    }
    const more = running.length > 1 ? ` +${running.length - 1}` : "";
    this.item.text = `$(sync) ${plain(first.name)} ${shareDone(first.stages)}${more}`;
    this.item.tooltip = vscode.l10n.t("Deep Fusion is training; click to see the runs");
    this.item.show();
  }

  dispose(): void {
    this.item.dispose();
  }
}
