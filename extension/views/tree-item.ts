/** How a node looks: icon, colour of its stage, context value for the menus. */
import * as vscode from "vscode";
import type { CatalogueRun, CatalogueStage } from "../../server/protocol/catalogue";
import { description, label, nodeId, plainText, runState, runStates, type TreeNode } from "./nodes";

export function treeItem(node: TreeNode, extension: vscode.Uri): vscode.TreeItem {
  const item = new vscode.TreeItem(label(node, vscode.l10n.t), collapsible(node));
  item.id = nodeId(node);
  item.description = description(node, { now: new Date(), t: vscode.l10n.t });
  item.contextValue = contextValue(node);
  const icon = iconOf(node, extension);
  if (icon !== undefined) item.iconPath = icon;
  const { l10n } = vscode;
  item.accessibilityInformation = { label: `${label(node, l10n.t)}, ${item.description}` };
  if (node.kind === "tensor") {
    item.command = {
      command: "deepFusion.inspectKernel",
      title: vscode.l10n.t("Inspect Kernel"),
      arguments: [node],
    };
  }
  if (node.kind === "stage" && node.stage.error !== undefined)
    item.tooltip = plainText(node.stage.error);
  if (node.kind === "run" && node.run.problem !== undefined)
    item.tooltip = plainText(node.run.problem);
  return item;
}

function collapsible(node: TreeNode): vscode.TreeItemCollapsibleState {
  const { None, Collapsed, Expanded } = vscode.TreeItemCollapsibleState;
  if (node.kind === "tensor" || node.kind === "note") return None;
  if (node.kind === "run") return isActive(node.run) ? Expanded : Collapsed;
  if (node.kind === "stage" && node.stage.kind === "evaluate") return None;
  return Collapsed;
}

/** Menus ask for these: "run.running", "stage.train", "checkpoint.fused". */
function contextValue(node: TreeNode): string {
  switch (node.kind) {
    case "run":
      return `run.${runState(node.run)}`;
    case "stage":
      return `stage.${node.stage.kind}${isActive(node.run) ? ".running" : ""}`;
    case "checkpoint":
      return node.checkpoint.run === undefined ? "checkpoint.loose" : "checkpoint.run";
    case "span":
    case "group":
    case "tensor":
    case "note":
      return node.kind;
  }
}

function iconOf(node: TreeNode, extension: vscode.Uri): vscode.TreeItem["iconPath"] | undefined {
  switch (node.kind) {
    case "run":
      return new vscode.ThemeIcon(runIcons[runState(node.run)]);
    case "stage":
      return new vscode.ThemeIcon(stageIcon(node.stage), stageColor(node.index));
    case "checkpoint":
      return node.checkpoint.fusion === undefined
        ? new vscode.ThemeIcon("archive")
        : {
            light: vscode.Uri.joinPath(extension, "resources", "fused-light.svg"),
            dark: vscode.Uri.joinPath(extension, "resources", "fused-dark.svg"),
          };
    case "span":
      return new vscode.ThemeIcon("files");
    case "group":
      return new vscode.ThemeIcon("layers");
    case "tensor":
      return new vscode.ThemeIcon("symbol-array");
    case "note":
      return undefined;
  }
}

function isActive(run: CatalogueRun): boolean {
  return runStates.active.includes(runState(run));
}

/** What goes on for hours does not turn: where no card draws it, that takes most of a core from the training. */
const runIcons = {
  starting: "sync~spin",
  running: "sync",
  pausing: "sync~spin",
  stopping: "sync~spin",
  paused: "debug-pause",
  stopped: "debug-stop",
  failed: "error",
  done: "pass",
  unreadable: "warning",
} as const;

/** The state by its shape; the colour is the stage's own, as in the curves. */
function stageIcon({ kind, state }: CatalogueStage): string {
  if (state === "failed") return "error";
  if (state === "running") return "sync";
  if (state === "stopped") return "debug-pause";
  if (state === "waiting") return "circle-outline";
  return {
    train: "circle-filled",
    fuse: "git-merge",
    import: "cloud-download",
    evaluate: "checklist",
  }[kind];
}

const colors = 8;

function stageColor(index: number): vscode.ThemeColor {
  return new vscode.ThemeColor(`deepFusion.stage${(index % colors) + 1}`);
}
