/** Recipe files: which one is meant, new ones from the samples. */
import * as vscode from "vscode";
import { recipeLanguage } from "./client";
import type { Places } from "./places";
import { plain } from "./views/nodes";

export const recipePattern = "**/*.fusion.{yaml,yml}";

/** Recipes under examples/, as the user is offered them. */
const samples = [
  {
    file: "quickstart.fusion.yaml",
    label: () => vscode.l10n.t("Quickstart"),
    detail: () => vscode.l10n.t("Two tiny T5s, fused and trained on; under a minute"),
  },
  {
    file: "demo.fusion.yaml",
    label: () => vscode.l10n.t("Comparison of all methods"),
    detail: () =>
      vscode.l10n.t("Property, rule, calibrated and self-fusion against a baseline; some minutes"),
  },
] as const;

export class Recipes {
  constructor(
    private readonly extension: vscode.Uri,
    private readonly places: Places,
  ) {}

  /** Where new files of the user's go: the workspace, or the extension's storage where no folder is open. */
  private async folder(): Promise<vscode.Uri> {
    const [workspace] = vscode.workspace.workspaceFolders ?? [];
    const inWorkspace = workspace?.uri.scheme === "file" && (await isWritable(workspace.uri));
    const folder = inWorkspace ? workspace.uri : this.places.storage;
    await vscode.workspace.fs.createDirectory(folder);
    return folder;
  }

  /** A recipe's file that is not there yet. */
  async freeFile(name: string): Promise<vscode.Uri> {
    const folder = await this.folder();
    for (let number = 1; ; number++) {
      const numbered = number === 1 ? name : `${name}-${number}`;
      const file = vscode.Uri.joinPath(folder, `${numbered}.fusion.yaml`);
      if (!(await exists(file))) return file;
    }
  }

  /** The sample as a file of the user's. */
  async writeSample(): Promise<vscode.Uri> {
    const folder = await this.folder();
    const target = vscode.Uri.joinPath(folder, samples[0].file);
    if (!(await exists(target)))
      await vscode.workspace.fs.copy(this.sample(samples[0].file), target);
    return target;
  }

  /** Asks for a sample and a name; undefined where the user leaves. */
  async create(): Promise<vscode.Uri | undefined> {
    const picked = await vscode.window.showQuickPick(
      samples.map(({ file, label, detail }) => ({ file, label: label(), detail: detail() })),
      { title: vscode.l10n.t("New Recipe"), placeHolder: vscode.l10n.t("Start from") },
    );
    if (picked === undefined) return undefined;
    const [workspace] = vscode.workspace.workspaceFolders ?? [];
    const target = await vscode.window.showSaveDialog({
      title: vscode.l10n.t("New Recipe"),
      defaultUri: vscode.Uri.joinPath(workspace?.uri ?? this.places.storage, "my.fusion.yaml"),
      filters: { [vscode.l10n.t("Deep Fusion recipes")]: ["fusion.yaml"] },
    });
    if (target === undefined) return undefined;
    await vscode.workspace.fs.copy(this.sample(picked.file), target, { overwrite: true });
    return target;
  }

  /** The recipe that a command is about: handed over, open in front, the only one, or asked for. */
  async choose(target: unknown): Promise<vscode.Uri | undefined> {
    if (target instanceof vscode.Uri) return target;
    // Code lenses hand over addresses as text.
    if (typeof target === "string") return vscode.Uri.parse(target, true);
    const active = vscode.window.activeTextEditor?.document;
    if (active?.languageId === recipeLanguage) return active.uri;
    const found = await this.all();
    if (found.length === 0) {
      throw new RangeError(
        vscode.l10n.t(
          "Cannot find a recipe: there is no *.fusion.yaml here; use New Recipe to make one",
        ),
      );
    }
    if (found.length === 1) return found[0];
    const items = found.map((uri) => ({ uri, label: plain(vscode.workspace.asRelativePath(uri)) }));
    const title = vscode.l10n.t("Which recipe?");
    return (await vscode.window.showQuickPick(items, { title }))?.uri;
  }

  /** Of the workspace, and those made where no folder was open. */
  async all(): Promise<vscode.Uri[]> {
    const inWorkspace = await vscode.workspace.findFiles(
      recipePattern,
      "**/{node_modules,runs}/**",
      200,
    );
    const own = await vscode.workspace.fs.readDirectory(this.places.storage).then(
      (entries) => entries.map(([name]) => name).filter((name) => /\.fusion\.ya?ml$/.test(name)),
      () => [],
    );
    return [...inWorkspace, ...own.map((name) => vscode.Uri.joinPath(this.places.storage, name))];
  }

  private sample(file: string): vscode.Uri {
    return vscode.Uri.joinPath(this.extension, "examples", file);
  }
}

/** @param stage to put in front; where it begins */
export async function showRecipe(recipe: vscode.Uri, stage?: string): Promise<void> {
  const editor = await vscode.window.showTextDocument(recipe, { preview: false });
  if (stage === undefined) return;
  const lines = editor.document.getText().split("\n");
  const line = lines.findLastIndex((text) => text.trimStart().startsWith(`${stage}:`));
  if (line < 0) return;
  const place = new vscode.Position(line, lines[line]!.length);
  editor.selection = new vscode.Selection(place, place);
  editor.revealRange(new vscode.Range(place, place));
}

async function exists(uri: vscode.Uri): Promise<boolean> {
  return vscode.workspace.fs.stat(uri).then(
    () => true,
    () => false,
  );
}

/** By trying: what the system says of rights is not always so. */
async function isWritable(folder: vscode.Uri): Promise<boolean> {
  const probe = vscode.Uri.joinPath(folder, `.deep-fusion-${Date.now().toString(36)}`);
  try {
    await vscode.workspace.fs.writeFile(probe, new Uint8Array());
    await vscode.workspace.fs.delete(probe);
    return true;
  } catch {
    return false;
  }
}
