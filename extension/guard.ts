/** The one place where a command's failure is logged and shown. */
import * as vscode from "vscode";
import { plainText } from "./views/nodes";

export type Guard = (what: string, work: () => Promise<unknown>) => Promise<void>;

export function createGuard(log: vscode.LogOutputChannel): Guard {
  return async (what, work) => {
    try {
      await work();
    } catch (error) {
      if (isCancellation(error)) return;
      log.error(
        `${what}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
      );
      // Not awaited: the command is over, the message may stay.
      void show(plainText(messageOf(error)), log);
    }
  };
}

async function show(message: string, log: vscode.LogOutputChannel): Promise<void> {
  const showLog = vscode.l10n.t("Show Log");
  const answer = await vscode.window.showErrorMessage(message, showLog);
  if (answer === showLog) log.show();
}

function isCancellation(error: unknown): boolean {
  if (error instanceof vscode.CancellationError) return true;
  const cancelled = -32800;
  return error instanceof Error && "code" in error && error.code === cancelled;
}

/** Without what the connection puts before the server's own words. */
export function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/^Request \S+ failed with message: /, "");
}
