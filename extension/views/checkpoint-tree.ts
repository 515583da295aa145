/** The checkpoint explorer: runs, stages, checkpoints and tensors, asked of the server one level at a time. */
import * as vscode from "vscode";
import {
  type Catalogue,
  type CatalogueStage,
  describeCheckpoint,
  listCatalogue,
  listStage,
} from "../../server/protocol/catalogue";
import type { ServerClient } from "../client";
import { messageOf } from "../guard";
import type { Places } from "../places";
import {
  checkpointLevel,
  type CheckpointNode,
  detailLines,
  label,
  nodeId,
  plain,
  stageNodes,
  tensorLevel,
  type TreeNode,
} from "./nodes";
import { treeItem } from "./tree-item";

export class CheckpointTree implements vscode.TreeDataProvider<TreeNode> {
  private readonly changed = new vscode.EventEmitter<undefined>();
  readonly onDidChangeTreeData = this.changed.event;
  private readonly listed = new vscode.EventEmitter<Catalogue>();
  /** After every listing: what there is now. */
  readonly onDidList = this.listed.event;
  private view: { readonly visible: boolean } | undefined;
  private readonly timers = new Set<NodeJS.Timeout>();

  constructor(
    private readonly client: ServerClient,
    private readonly places: Places,
    private readonly extension: vscode.Uri,
  ) {}

  /** The view that it fills. */
  showIn(view: { readonly visible: boolean }): void {
    this.view = view;
  }

  /** What there is now; who follows the listings is told. @throws {Error} the server says what it cannot do */
  async list(): Promise<Catalogue> {
    const catalogue = await this.client.request(listCatalogue, { roots: this.places.roots() });
    this.listed.fire(catalogue);
    return catalogue;
  }

  /** Many changes at once become one refresh; open nodes stay open. */
  readonly refreshSoon = (): void => {
    if (this.timers.size > 0) return;
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      this.refresh();
    }, 400);
    this.timers.add(timer);
  };

  refresh(): void {
    this.changed.fire(undefined);
    // A view out of sight asks for nothing, and the status item and the commands' conditions go on all the same.
    if (this.view?.visible !== true) this.list().catch(() => undefined);
  }

  getTreeItem(node: TreeNode): vscode.TreeItem {
    return treeItem(node, this.extension);
  }

  async getChildren(node?: TreeNode): Promise<TreeNode[]> {
    if (node === undefined) return this.roots();
    switch (node.kind) {
      case "run":
        return stageNodes(node.run);
      case "stage":
        return this.checkpoints(node.run.directory, node.stage);
      case "checkpoint": {
        const { directory } = node.checkpoint;
        const { tensors } = await this.client.request(describeCheckpoint, { directory });
        return tensorLevel(node.checkpoint, tensors, "");
      }
      case "span":
        return [...node.checkpoints];
      case "group":
        return tensorLevel(node.checkpoint, node.tensors, node.prefix);
      case "tensor":
      case "note":
        return [];
    }
  }

  /** Details only where the pointer rests. */
  async resolveTreeItem(
    item: vscode.TreeItem,
    node: TreeNode,
    token: vscode.CancellationToken,
  ): Promise<vscode.TreeItem> {
    if (node.kind !== "checkpoint") return item;
    const { directory } = node.checkpoint;
    const { t } = vscode.l10n;
    try {
      const detail = await this.client.request(describeCheckpoint, { directory }, token);
      // A plain string: nothing in a path or a name can be markup.
      item.tooltip = [label(node, t), ...detailLines(detail, t), plain(directory)].join("\n");
    } catch (error) {
      item.tooltip = plain(error instanceof Error ? error.message : String(error));
    }
    return item;
  }

  dispose(): void {
    for (const timer of this.timers) clearTimeout(timer);
    this.changed.dispose();
    this.listed.dispose();
  }

  private async roots(): Promise<TreeNode[]> {
    let catalogue: Catalogue;
    try {
      catalogue = await this.list();
    } catch (error) {
      // Said in its place; the message with the remedies has been shown already.
      return [{ kind: "note", id: "server", text: plain(messageOf(error)) }];
    }
    const { runs, checkpoints, unreadable } = catalogue;
    // The extension's own folder appears with the first sample.
    const missing = unreadable.filter((root) => root !== this.places.storage.fsPath);
    return [
      ...runs.map((run): TreeNode => ({ kind: "run", run })),
      ...checkpointLevel(
        "loose",
        checkpoints.map((checkpoint) => ({ kind: "checkpoint", checkpoint, newest: false })),
      ),
      ...missing.map((root): TreeNode => ({
        kind: "note",
        id: root,
        text: vscode.l10n.t("Cannot read {0}", root),
      })),
    ];
  }

  private async checkpoints(run: string, stage: CatalogueStage): Promise<TreeNode[]> {
    const found = await this.client.request(listStage, { run, stage: stage.name });
    const nodes = found.map((checkpoint, index): CheckpointNode => ({
      kind: "checkpoint",
      checkpoint: { ...checkpoint, ...(stage.fusion && { fusion: stage.fusion }) },
      newest: found.length > 1 && index === found.length - 1,
    }));
    const place = `${run}:${stage.name}`;
    if (nodes.length > 0 || stage.kind === "evaluate") return checkpointLevel(place, nodes);
    const text = vscode.l10n.t("No checkpoint yet");
    return [{ kind: "note", id: nodeId({ kind: "note", id: place, text }), text }];
  }
}
