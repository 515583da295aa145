/** The window opens again: it is said once where the runs are that were under way when it closed. */
import * as vscode from "vscode";
import type { RunStatus } from "../server/protocol/runs";
import { foldersUnderWay, whereTheyAre } from "./since-closed";

/** Folders of the runs under way, as of the last change. */
const key = "runsUnderWay";

export class Reopening {
  private remembered: readonly string[] | undefined;

  /** @param memory that outlives the window */
  constructor(private readonly memory: vscode.Memento) {}

  readonly update = ({ runs }: { readonly runs: readonly RunStatus[] }): void => {
    if (this.remembered === undefined) {
      this.remembered = this.memory.get<readonly string[]>(key, []);
      const left = runs.filter(({ folder }) => this.remembered!.includes(folder));
      if (left.length > 0) void tell(left);
    }
    const now = foldersUnderWay(runs);
    if (now.join("\n") === this.remembered.join("\n")) return;
    this.remembered = now;
    void this.memory.update(key, now);
  };
}

async function tell(runs: readonly RunStatus[]): Promise<void> {
  const dashboard = vscode.l10n.t("Open Dashboard");
  const resume = vscode.l10n.t("Resume");
  const resumable = runs.filter(({ resumable: canGoOn }) => canGoOn);
  const answer = await vscode.window.showInformationMessage(
    vscode.l10n.t("Since the window was closed: {0}.", whereTheyAre(runs, vscode.l10n.t)),
    dashboard,
    ...(resumable.length > 0 ? [resume] : []),
  );
  const execute = vscode.commands.executeCommand;
  if (answer === dashboard) {
    await execute(
      "deepFusion.openDashboard",
      runs.map(({ folder }) => folder),
    );
  }
  const [one, ...others] = resumable;
  if (answer === resume)
    await execute("deepFusion.resumeRun", others.length === 0 ? one?.folder : undefined);
}
