/** Training a checkpoint on: a stage more in a recipe of the user's, or a new recipe. */
import { basename } from "node:path";
import * as vscode from "vscode";
import { listRuns } from "../server/protocol/runs";
import { setRecipeValue, summariseRecipe } from "../server/protocol/recipe-language";
import type { ServerClient } from "./client";
import { pickCheckpoints } from "./pick-checkpoints";
import { type Recipes, showRecipe } from "./recipes";
import { newTrainOnRecipe, trainOnStages, trainOnValues } from "./train-on-text";
import type { CheckpointTree } from "./views/checkpoint-tree";
import { plain } from "./views/nodes";
import { checkpointsOf } from "./views/selection";

export interface TrainOnOptions {
  readonly client: ServerClient;
  readonly recipes: Recipes;
  readonly tree: CheckpointTree;
}

export class TrainOn {
  constructor(private readonly options: TrainOnOptions) {}

  /** The recipe stands open afterwards, its new stage in front; the user starts it. */
  async trainOn(target: unknown): Promise<void> {
    const checkpoint = await this.checkpoint(target);
    if (checkpoint === undefined) return;
    const recipe = await this.recipe(checkpoint);
    if (recipe === undefined) return;
    if (recipe === "new") await this.make(checkpoint);
    else await this.add(recipe, checkpoint);
  }

  private async checkpoint(target: unknown): Promise<string | undefined> {
    if (typeof target === "string") return target;
    const [node] = checkpointsOf(target, undefined);
    if (node !== undefined) return node.checkpoint.directory;
    const title = vscode.l10n.t("Train On: which checkpoint?");
    return (await pickCheckpoints(this.options, { title, least: 1, most: 1 }))?.[0];
  }

  /** The one that the checkpoint's run has followed stands first. */
  private async recipe(checkpoint: string): Promise<vscode.Uri | "new" | undefined> {
    const { client, recipes } = this.options;
    const runs = await client.request(listRuns, undefined);
    const own = runs.find(({ folder }) => checkpoint.startsWith(folder))?.recipe;
    const files = (await recipes.all()).sort((one, other) =>
      one.fsPath === own ? -1 : other.fsPath === own ? 1 : 0,
    );
    if (files.length === 0) return "new";
    const items: (vscode.QuickPickItem & { readonly recipe: vscode.Uri | "new" })[] = [
      ...files.map((uri) => ({
        recipe: uri,
        label: plain(basename(uri.fsPath)),
        description: plain(vscode.workspace.asRelativePath(uri)),
      })),
      { recipe: "new", label: vscode.l10n.t("New Recipe"), iconPath: new vscode.ThemeIcon("add") },
    ];
    const title = vscode.l10n.t("Train On: in which recipe?");
    return (await vscode.window.showQuickPick(items, { title }))?.recipe;
  }

  private async make(checkpoint: string): Promise<void> {
    const stages = trainOnStages(basename(checkpoint), ["compare"]);
    const file = await this.options.recipes.freeFile(stages.trained);
    const text = newTrainOnRecipe(file.fsPath, checkpoint, stages);
    await vscode.workspace.fs.writeFile(file, new TextEncoder().encode(text));
    await showRecipe(file, stages.trained);
  }

  /** Two edits that can be undone. */
  private async add(recipe: vscode.Uri, checkpoint: string): Promise<void> {
    await showRecipe(recipe);
    const uri = recipe.toString();
    const summary = await this.options.client.request(summariseRecipe, { uri });
    const taken = (summary?.stages ?? []).map(({ name }) => name);
    const stages = trainOnStages(basename(checkpoint), taken);
    const values = trainOnValues(recipe.fsPath, checkpoint, stages);
    await this.set(recipe, `stages.${stages.start}`, values.start);
    await this.set(recipe, `stages.${stages.trained}`, values.trained);
    await showRecipe(recipe, stages.trained);
  }

  private async set(recipe: vscode.Uri, path: string, value: string): Promise<void> {
    const uri = recipe.toString();
    const edit = await this.options.client.request(setRecipeValue, { uri, path, value });
    if (edit === null) {
      throw new RangeError(
        vscode.l10n.t("Cannot add a stage to {0}: mend its text first", basename(recipe.fsPath)),
      );
    }
    const { start, end } = edit.range;
    const change = new vscode.WorkspaceEdit();
    const range = new vscode.Range(start.line, start.character, end.line, end.character);
    change.replace(recipe, range, edit.newText);
    await vscode.workspace.applyEdit(change);
  }
}
