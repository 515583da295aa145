/** Entry point of the extension: wiring only. */
import { join } from "node:path";
import * as vscode from "vscode";
import { runsChanged } from "../server/protocol/runs";
import { Answers } from "./answers";
import { ServerClient } from "./client";
import { registerCommands } from "./commands";
import { updateContextKeys } from "./context-keys";
import { SafetensorsEditor, safetensorsEditor } from "./editors/safetensors-editor";
import { Fusion } from "./fusion";
import { createGuard, type Guard } from "./guard";
import { Inspection } from "./inspection";
import { Jobs } from "./jobs";
import { DashboardPanel, dashboardType } from "./panels/dashboard-panel";
import { TryingPanel, tryingType } from "./panels/trying-panel";
import { TrainingView, trainingViewId } from "./panels/training-view";
import { Places } from "./places";
import { Recipes, showRecipe } from "./recipes";
import { Reopening } from "./reopening";
import { showReport } from "./report";
import { RunNews } from "./run-news";
import { Runs } from "./runs";
import { StatusItem } from "./status-item";
import { TrainOn } from "./train-on";
import { CheckpointTree } from "./views/checkpoint-tree";
import { CheckpointDrag } from "./views/drag-and-drop";
import { watchCheckpoints } from "./views/watch";

let client: ServerClient | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const log = vscode.window.createOutputChannel("Deep Fusion", { log: true });
  const guard = createGuard(log);
  const server = vscode.Uri.joinPath(context.extensionUri, "dist", "server.js");
  client = new ServerClient({ server, log, storage: context.globalStorageUri });
  const places = new Places(context);
  await places.prepare();
  const recipes = new Recipes(context.extensionUri, places);
  const tree = new CheckpointTree(client, places, context.extensionUri);
  const jobs = new Jobs(client);
  const answers = new Answers();
  const runs = new Runs({ client, recipes, tree });
  const fusion = new Fusion({ client, tree, jobs });
  const trainOn = new TrainOn({ client, recipes, tree });
  const extension = context.extensionUri;
  const tensors = new SafetensorsEditor({ client, guard, extension });
  const inspection = new Inspection({
    ...{ client, tree, jobs, places },
    show: answers.show,
    showTensors: tensors.show,
  });
  const openReport = (folders: readonly string[]) => showReport(extension, folders);
  const dashboard = new DashboardPanel({
    ...{ client, guard, extension, openReport },
    openRecipe: (run) => showRecipe(vscode.Uri.file(join(run, "recipe.fusion.yaml"))),
  });
  const trying = new TryingPanel({ client, guard, jobs, extension, tree });
  const status = new StatusItem();
  const view = checkpointView(tree, fusion, guard);
  follow(client, tree, new Reopening(memoryOf(context)));
  context.subscriptions.push(
    ...[log, places, tree, answers, status, view, watchCheckpoints(places, tree)],
    tree.onDidList((catalogue) => {
      status.update(catalogue);
      void updateContextKeys(catalogue);
    }),
    vscode.window.registerWebviewPanelSerializer(dashboardType, dashboard),
    vscode.window.registerWebviewPanelSerializer(tryingType, trying),
    vscode.window.registerWebviewViewProvider(
      trainingViewId,
      new TrainingView({ client, guard, extension, recipes }),
    ),
    vscode.window.registerCustomEditorProvider(safetensorsEditor, tensors, {
      supportsMultipleEditorsPerDocument: true,
    }),
    ...registerCommands({
      ...{ log, client, guard, jobs, places, recipes, runs, tree },
      ...{ fusion, trainOn, inspection, dashboard, openReport, trying },
    }),
  );
}

/** What the server tells by itself. */
function follow(server: ServerClient, tree: CheckpointTree, reopening: Reopening): void {
  server.onNotification(runsChanged, tree.refreshSoon);
  server.onDidChangeState(tree.refreshSoon);
  server.onNotification(runsChanged, new RunNews().update);
  server.onNotification(runsChanged, reopening.update);
}

/** Of this workspace; windows without a folder have one together. */
function memoryOf({ workspaceState, globalState }: vscode.ExtensionContext): vscode.Memento {
  return vscode.workspace.workspaceFolders === undefined ? globalState : workspaceState;
}

export async function deactivate(): Promise<void> {
  await client?.dispose();
}

function checkpointView(tree: CheckpointTree, fusion: Fusion, guard: Guard): vscode.Disposable {
  const view = vscode.window.createTreeView("deepFusion.checkpoints", {
    treeDataProvider: tree,
    canSelectMany: true,
    showCollapseAll: true,
    dragAndDropController: new CheckpointDrag((parents) =>
      guard("drag and drop", () => fusion.fuseParents(parents)),
    ),
  });
  tree.showIn(view);
  return view;
}
