/** Messages of our own pages; anything else is left alone. */
import * as vscode from "vscode";
import type { Guard } from "../guard";

export interface MessageHandler<Message extends { readonly kind: string }> {
  readonly handle: (message: Message) => Promise<unknown>;
  readonly guard: Guard;
  /** What the log says failed. */
  readonly name: string;
}

/** The page is ours and its script has our nonce: what it sends is of the type that both are built from. */
export function onMessage<Message extends { readonly kind: string }>(
  webview: vscode.Webview,
  { handle, guard, name }: MessageHandler<Message>,
): vscode.Disposable {
  return webview.onDidReceiveMessage((message: unknown) => {
    if (typeof message !== "object" || message === null || !("kind" in message)) return;
    void guard(name, () => handle(message as Message));
  });
}

/** Asks where to, and writes it. */
export async function saveFile(fileName: string, contents: string | ArrayBuffer): Promise<void> {
  const [workspace] = vscode.workspace.workspaceFolders ?? [];
  const defaultUri = workspace
    ? vscode.Uri.joinPath(workspace.uri, fileName)
    : vscode.Uri.file(fileName);
  const target = await vscode.window.showSaveDialog({ defaultUri });
  if (target === undefined) return;
  const bytes =
    typeof contents === "string" ? new TextEncoder().encode(contents) : new Uint8Array(contents);
  await vscode.workspace.fs.writeFile(target, bytes);
}
