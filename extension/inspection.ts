/** Looking at checkpoints: lineage, comparison, evaluation, kernels; and handling their folders. */
import { basename, join } from "node:path";
import * as vscode from "vscode";
import { describeCheckpoint } from "../server/protocol/catalogue";
import { compareRequest, evaluateRequest } from "../server/protocol/fusion";
import type { ServerClient } from "./client";
import type { Jobs } from "./jobs";
import { comparisonMarkdown, evaluationMarkdown } from "./documents/comparison";
import { checkpointTitle, lineageMarkdown } from "./documents/lineage";
import { pickCheckpoints } from "./pick-checkpoints";
import type { Places } from "./places";
import { isAllowed } from "./trust";
import type { CheckpointTree } from "./views/checkpoint-tree";
import { plain, type TreeNode } from "./views/nodes";
import { checkpointsOf, nodesOf } from "./views/selection";

export interface InspectionOptions {
  readonly client: ServerClient;
  readonly tree: CheckpointTree;
  readonly jobs: Jobs;
  readonly places: Places;
  readonly show: (name: string, markdown: string) => Promise<void>;
  readonly showTensors: (file: vscode.Uri, tensor?: string) => Promise<void>;
}

export class Inspection {
  constructor(private readonly options: InspectionOptions) {}

  async showLineage(target: unknown): Promise<void> {
    const directory = await this.one(target, vscode.l10n.t("Lineage of which checkpoint?"));
    if (directory === undefined) return;
    const detail = await this.options.client.request(describeCheckpoint, { directory });
    await this.options.show(
      vscode.l10n.t("{0}: lineage", checkpointTitle(directory, vscode.l10n.t, plain)),
      lineageMarkdown(detail, vscode.l10n.t),
    );
  }

  async compare(target: unknown, selected: unknown): Promise<void> {
    if (!isAllowed()) return;
    const nodes = checkpointsOf(target, selected).map(({ checkpoint }) => checkpoint.directory);
    const given = isPaths(target) ? target : nodes;
    const checkpoints =
      given.length > 1
        ? given
        : await pickCheckpoints(this.options, {
            title: vscode.l10n.t("Compare: which checkpoints?"),
            picked: given,
            least: 2,
          });
    if (checkpoints === undefined) return;
    const comparison = await this.options.jobs.run(
      vscode.l10n.t("Comparing {0}", checkpoints.map((path) => plain(basename(path))).join(", ")),
      (job, token) => this.options.client.request(compareRequest, { checkpoints, job }, token),
    );
    await this.options.show(
      vscode.l10n.t("comparison"),
      comparisonMarkdown(checkpoints, comparison, vscode.l10n.t),
    );
  }

  async evaluate(target: unknown, selected: unknown): Promise<void> {
    if (!isAllowed()) return;
    const given = checkpointsOf(target, selected).map(({ checkpoint }) => checkpoint.directory);
    const checkpoints =
      given.length > 0
        ? given
        : await pickCheckpoints(this.options, {
            title: vscode.l10n.t("Evaluate: which checkpoints?"),
            least: 1,
          });
    if (checkpoints === undefined) return;
    const text = await askText();
    if (text === undefined) return;
    const results = await this.options.jobs.run(vscode.l10n.t("Evaluating"), (job, token) =>
      this.options.client.request(evaluateRequest, { checkpoints, ...text, job }, token),
    );
    await this.options.show(
      vscode.l10n.t("evaluation"),
      evaluationMarkdown(results, vscode.l10n.t),
    );
  }

  /** In the editor for .safetensors files, at the tensor where one was chosen. */
  async inspectKernel(target: unknown): Promise<void> {
    const [node] = nodesOf(target, undefined);
    const directory = await this.one(target, vscode.l10n.t("Kernels of which checkpoint?"));
    if (directory === undefined) return;
    const tensor = node?.kind === "tensor" ? node.tensor : undefined;
    const name = tensor?.file ?? (await this.firstFile(directory));
    await this.options.showTensors(vscode.Uri.file(join(directory, name)), tensor?.name);
  }

  /** Of a checkpoint's weights. */
  private async firstFile(directory: string): Promise<string> {
    const { tensors } = await this.options.client.request(describeCheckpoint, { directory });
    return tensors[0]!.file;
  }

  async reveal(target: unknown): Promise<void> {
    const directory = await this.folder(target);
    if (directory === undefined) return;
    const command = vscode.env.remoteName === undefined ? "revealFileInOS" : "revealInExplorer";
    await vscode.commands.executeCommand(command, vscode.Uri.file(directory));
  }

  async copyPath(target: unknown, selected: unknown): Promise<void> {
    const folders = nodesOf(target, selected).map(folderOf);
    await vscode.env.clipboard.writeText(folders.filter((path) => path !== undefined).join("\n"));
  }

  /** To the system's trash, after asking; where there is none, for good, after asking again. */
  async remove(target: unknown, selected: unknown): Promise<void> {
    const folders = checkpointsOf(target, selected).map(({ checkpoint }) => checkpoint.directory);
    if (folders.length === 0) return;
    const move = vscode.l10n.t("Move to Trash");
    const question =
      folders.length === 1
        ? vscode.l10n.t("Delete the checkpoint {0}?", plain(basename(folders[0]!)))
        : vscode.l10n.t("Delete {0} checkpoints?", folders.length);
    const detail = folders.map(plain).join("\n");
    const answer = await vscode.window.showWarningMessage(question, { modal: true, detail }, move);
    if (answer !== move) return;
    const left = await moveToTrash(folders);
    if (left.length > 0) await this.removeForGood(left);
    this.options.tree.refresh();
  }

  private async removeForGood(folders: readonly string[]): Promise<void> {
    const remove = vscode.l10n.t("Delete Permanently");
    const answer = await vscode.window.showWarningMessage(
      vscode.l10n.t("This machine has no trash. Delete for good?"),
      { modal: true, detail: folders.map(plain).join("\n") },
      remove,
    );
    if (answer !== remove) return;
    for (const folder of folders) {
      await vscode.workspace.fs.delete(vscode.Uri.file(folder), {
        recursive: true,
        useTrash: false,
      });
    }
  }

  private async folder(target: unknown): Promise<string | undefined> {
    const [node] = nodesOf(target, undefined);
    const folder = node && folderOf(node);
    return folder ?? this.one(target, vscode.l10n.t("Which checkpoint?"));
  }

  /** Handed over as a node or a path, or picked. */
  private async one(target: unknown, title: string): Promise<string | undefined> {
    if (typeof target === "string") return target;
    const [node] = nodesOf(target, undefined);
    if (node?.kind === "checkpoint" || node?.kind === "group" || node?.kind === "tensor") {
      return node.checkpoint.directory;
    }
    const picked = await pickCheckpoints(this.options, { title, least: 1, most: 1 });
    return picked?.[0];
  }
}

/** What a message's button hands over. */
function isPaths(target: unknown): target is readonly string[] {
  return Array.isArray(target) && target.every((path) => typeof path === "string");
}

function folderOf(node: TreeNode): string | undefined {
  switch (node.kind) {
    case "run":
      return node.run.directory;
    case "stage":
      return join(node.run.directory, node.stage.name);
    case "checkpoint":
    case "group":
    case "tensor":
      return node.checkpoint.directory;
    case "span":
    case "note":
      return undefined;
  }
}

/** Folders that the system has no trash for. */
async function moveToTrash(folders: readonly string[]): Promise<string[]> {
  const left: string[] = [];
  for (const folder of folders) {
    await vscode.workspace.fs
      .delete(vscode.Uri.file(folder), { recursive: true, useTrash: true })
      .then(undefined, () => left.push(folder));
  }
  return left;
}

/** On which text; undefined: the user left. */
async function askText(): Promise<{ readonly examples?: string } | undefined> {
  const own = vscode.l10n.t("Held-out text of its run");
  const file = vscode.l10n.t("A file of examples…");
  const answer = await vscode.window.showQuickPick([own, file], {
    title: vscode.l10n.t("Evaluate on which text?"),
  });
  if (answer === own) return {};
  if (answer !== file) return undefined;
  const [uri] = (await vscode.window.showOpenDialog({ filters: { JSONL: ["jsonl"] } })) ?? [];
  return uri && { examples: uri.fsPath };
}
