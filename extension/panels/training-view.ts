/** The training panel in the sidebar: its page, the workspace's recipes for it, and what it asks for. */
import { basename } from "node:path";
import * as vscode from "vscode";
import type {
  EnginesFound,
  FromPanel,
  PanelField,
  PanelRecipe,
  RecipeField,
  ToPanel,
} from "../../server/protocol/panel";
import {
  type RecipeSetting,
  type RecipeStageSummary,
  setRecipeValue,
  summariseRecipe,
} from "../../server/protocol/recipe-language";
import { controlRun } from "../../server/protocol/runs";
import type { ServerClient } from "../client";
import { recipeLanguage } from "../client";
import { examineEngines } from "../doctor";
import { type Guard, messageOf } from "../guard";
import { type Recipes, showRecipe } from "../recipes";
import { onMessage } from "./messages";
import { pageHtml, webviewOptions } from "./page";
import { HubRelay, isRelayRequest } from "./relay";

export const trainingViewId = "deepFusion.training";

export interface TrainingOptions {
  readonly client: ServerClient;
  readonly guard: Guard;
  readonly extension: vscode.Uri;
  readonly recipes: Recipes;
}

/** Where the panel's fields stand in a stage. */
const paths: Readonly<Record<RecipeField, string>> = {
  learning_rate: "schedule.peak",
  steps: "steps",
  batch: "batch",
  seed: "seed",
};

export class TrainingView implements vscode.WebviewViewProvider {
  constructor(private readonly options: TrainingOptions) {}

  resolveWebviewView(view: vscode.WebviewView): void {
    const { client, guard, extension } = this.options;
    const { webview } = view;
    webview.options = webviewOptions(extension);
    const post = (message: ToPanel): void => void webview.postMessage(message);
    const relay = new HubRelay(client, post);
    const refresh = later(
      () =>
        void guard("recipes", async () => {
          post(await this.recipes());
        }),
    );
    const subscriptions = [
      onMessage<FromPanel>(webview, {
        handle: async (message) => {
          if (isRelayRequest(message)) await relay.handle(message);
          else if (message.kind === "ready") {
            await relay.announce();
            post(await this.recipes());
          } else if (message.kind === "examine-engines") {
            post({ kind: "engines", found: await foundEngines() });
          } else await this.handle(message);
        },
        ...{ guard, name: "training panel" },
      }),
      vscode.workspace.onDidChangeTextDocument(({ document }) => {
        if (document.languageId === recipeLanguage) refresh();
      }),
      vscode.workspace.onDidCreateFiles(refresh),
      vscode.workspace.onDidDeleteFiles(refresh),
      vscode.workspace.onDidOpenTextDocument(({ languageId }) => {
        if (languageId === recipeLanguage) refresh();
      }),
      vscode.workspace.onDidGrantWorkspaceTrust(refresh),
      client.onDidChangeState(refresh),
    ];
    view.onDidDispose(() => {
      relay.dispose();
      for (const subscription of subscriptions) subscription.dispose();
    });
    webview.html = pageHtml(webview, extension, "panel");
  }

  private async handle(
    message: Exclude<FromPanel, { kind: "ready" | "examine-engines" | `relay-${string}` }>,
  ) {
    const execute = (command: string, ...args: readonly unknown[]) =>
      vscode.commands.executeCommand(`deepFusion.${command}`, ...args);
    switch (message.kind) {
      case "start":
        return execute("startRun", vscode.Uri.file(message.recipe));
      case "control":
        return this.options.client.request(controlRun, {
          folder: message.run,
          request: message.request,
        });
      case "resume":
        return execute("resumeRun", message.run);
      case "open-dashboard":
        return execute("openDashboard", message.run);
      case "open-recipe":
        return showRecipe(vscode.Uri.file(message.recipe));
      case "show-log":
        return execute("showRunLog", message.run);
      case "try-sample":
        return execute("trySample");
      case "new-recipe":
        return execute("newRecipe");
      case "edit":
        return this.edit(message);
    }
  }

  /** As the user's own typing: it can be undone, and is saved with the next run. */
  private async edit({ recipe, stage, field, value }: Extract<FromPanel, { kind: "edit" }>) {
    const document = await vscode.workspace.openTextDocument(vscode.Uri.file(recipe));
    const edit = await this.options.client.request(setRecipeValue, {
      uri: document.uri.toString(),
      path: `stages.${stage}.${paths[field]}`,
      value: String(value),
    });
    if (edit === null) {
      throw new RangeError(
        vscode.l10n.t("Cannot set {0} of {1} from here: edit the recipe itself", field, stage),
      );
    }
    const { start, end } = edit.range;
    const range = new vscode.Range(start.line, start.character, end.line, end.character);
    const change = new vscode.WorkspaceEdit();
    change.replace(document.uri, range, edit.newText);
    await vscode.workspace.applyEdit(change);
  }

  private async recipes(): Promise<ToPanel> {
    const files = await this.options.recipes.all();
    const recipes = await Promise.all(files.map((file) => this.recipe(file)));
    return { kind: "recipes", recipes, trusted: vscode.workspace.isTrusted };
  }

  private async recipe(file: vscode.Uri): Promise<PanelRecipe> {
    const { uri } = await vscode.workspace.openTextDocument(file);
    const summary = await this.options.client
      .request(summariseRecipe, { uri: uri.toString() })
      .catch(() => null);
    return {
      file: file.fsPath,
      name: basename(file.fsPath),
      stages: (summary?.stages ?? []).flatMap(panelStage),
      errors: summary?.errors ?? 0,
    };
  }
}

/** The page waits for an answer. */
function foundEngines(): Promise<EnginesFound> {
  return examineEngines().catch((error: unknown) => ({ failed: messageOf(error) }));
}

function panelStage({ name, settings }: RecipeStageSummary) {
  if (settings === undefined) return [];
  const { peak, steps, batch, seed } = settings;
  const fields = {
    learning_rate: field(peak),
    steps: field(steps),
    batch: field(batch),
    seed: field(seed),
  };
  return [{ name, fields }];
}

function field({ value, source }: RecipeSetting): PanelField {
  return { source, ...(value !== null && { value }) };
}

/** Many calls become one, a moment later. */
function later(work: () => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(work, 300);
  };
}
