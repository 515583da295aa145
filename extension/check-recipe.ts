/** Opens a recipe and its problems; the language server has found them. */
import * as vscode from "vscode";
import { type Recipes, showRecipe } from "./recipes";
import { plain } from "./views/nodes";

export async function checkRecipe(recipes: Recipes, target: unknown): Promise<void> {
  const recipe = await recipes.choose(target);
  if (recipe === undefined) return;
  await showRecipe(recipe);
  const problems = vscode.languages.getDiagnostics(recipe);
  if (problems.length > 0) {
    await vscode.commands.executeCommand("workbench.actions.view.problems");
    return;
  }
  const name = plain(vscode.workspace.asRelativePath(recipe));
  void vscode.window.showInformationMessage(vscode.l10n.t("{0}: no problems found", name));
}
