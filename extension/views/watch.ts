/** The tree follows the disk: runs' records and checkpoints that come and go, in every folder shown. */
import * as vscode from "vscode";
import type { Places } from "../places";
import type { CheckpointTree } from "./checkpoint-tree";

/** A checkpoint appears by the renaming of its whole folder, so folders are watched as well. */
const pattern = "**/{run.json,config.json,step-*}";

export function watchCheckpoints(places: Places, tree: CheckpointTree): vscode.Disposable {
  let watchers = watch(places, tree);
  const moved = places.onDidChange(() => {
    watchers.dispose();
    watchers = watch(places, tree);
    tree.refresh();
  });
  return new vscode.Disposable(() => {
    moved.dispose();
    watchers.dispose();
  });
}

function watch(places: Places, tree: CheckpointTree): vscode.Disposable {
  const watchers = places.roots().flatMap((root) => {
    const place = new vscode.RelativePattern(vscode.Uri.file(root), pattern);
    const watcher = vscode.workspace.createFileSystemWatcher(place);
    watcher.onDidCreate(tree.refreshSoon);
    watcher.onDidChange(tree.refreshSoon);
    watcher.onDidDelete(tree.refreshSoon);
    return watcher;
  });
  return vscode.Disposable.from(...watchers);
}
