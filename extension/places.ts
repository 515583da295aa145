/** Where the extension looks and writes: workspace folders, added folders, its own storage. */
import * as vscode from "vscode";
import { setting } from "./settings";

export class Places {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChange = this.changed.event;
  private readonly subscriptions: readonly { dispose(): unknown }[];

  constructor(private readonly context: vscode.ExtensionContext) {
    this.subscriptions = [
      this.changed,
      vscode.workspace.onDidChangeWorkspaceFolders(() => {
        this.changed.fire();
      }),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration("deepFusion.checkpoints.folders")) this.changed.fire();
      }),
    ];
  }

  /** Absolute folders that the tree shows; those of other file systems are left out. */
  roots(): string[] {
    const workspace = (vscode.workspace.workspaceFolders ?? [])
      .filter(({ uri }) => uri.scheme === "file")
      .map(({ uri }) => uri.fsPath);
    return [...new Set([...workspace, ...this.added(), this.storage.fsPath])];
  }

  added(): string[] {
    return [...setting("checkpoints.folders")];
  }

  /** Of the extension: recipes made where no folder is open, and their runs. */
  get storage(): vscode.Uri {
    return vscode.Uri.joinPath(this.context.globalStorageUri, "samples");
  }

  /** A folder must be there to be watched. */
  async prepare(): Promise<void> {
    await vscode.workspace.fs.createDirectory(this.storage);
  }

  async add(folder: string): Promise<void> {
    const folders = [...new Set([...this.added(), folder])];
    await vscode.workspace
      .getConfiguration("deepFusion")
      .update("checkpoints.folders", folders, vscode.ConfigurationTarget.Global);
  }

  async remove(folder: string): Promise<void> {
    const folders = this.added().filter((other) => other !== folder);
    await vscode.workspace
      .getConfiguration("deepFusion")
      .update("checkpoints.folders", folders, vscode.ConfigurationTarget.Global);
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
  }
}
