/** A checkpoint dragged onto another is a fusion of both; dropped elsewhere, its path. */
import * as vscode from "vscode";
import type { TreeNode } from "./nodes";
import { checkpointsOf } from "./selection";

const mime = "application/vnd.code.tree.deepfusion.checkpoints";

export class CheckpointDrag implements vscode.TreeDragAndDropController<TreeNode> {
  readonly dragMimeTypes = [mime, "text/uri-list"];
  readonly dropMimeTypes = [mime];

  constructor(private readonly fuse: (parents: readonly string[]) => Promise<void>) {}

  handleDrag(nodes: readonly TreeNode[], data: vscode.DataTransfer): void {
    const directories = checkpointsOf(undefined, nodes).map(
      ({ checkpoint }) => checkpoint.directory,
    );
    if (directories.length === 0) return;
    data.set(mime, new vscode.DataTransferItem(directories));
    const uris = directories.map((directory) => vscode.Uri.file(directory).toString());
    data.set("text/uri-list", new vscode.DataTransferItem(uris.join("\r\n")));
  }

  async handleDrop(target: TreeNode | undefined, data: vscode.DataTransfer): Promise<void> {
    if (target?.kind !== "checkpoint") return;
    const dragged = parseDirectories(data.get(mime)?.value);
    const parents = [...new Set([...dragged, target.checkpoint.directory])];
    if (parents.length > 1) await this.fuse(parents);
  }
}

/** Through the window the value may come as JSON. */
function parseDirectories(value: unknown): string[] {
  const parsed: unknown = typeof value === "string" ? JSON.parse(value) : value;
  return Array.isArray(parsed) ? parsed.filter((item) => typeof item === "string") : [];
}
