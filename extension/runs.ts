/** Starting, pausing, resuming and stopping runs, and which of them a command is about. */
import { basename, dirname, join } from "node:path";
import * as vscode from "vscode";
import type { CatalogueRun } from "../server/protocol/catalogue";
import { controlRun, listRuns, resumeRun, startRun } from "../server/protocol/runs";
import type { ServerClient } from "./client";
import type { Recipes } from "./recipes";
import { setting } from "./settings";
import { isAllowed } from "./trust";
import type { CheckpointTree } from "./views/checkpoint-tree";
import { plain, runState, runStates, type ShownState, stateText } from "./views/nodes";
import { nodesOf } from "./views/selection";

export interface RunsOptions {
  readonly client: ServerClient;
  readonly recipes: Recipes;
  readonly tree: CheckpointTree;
}

/** What a start takes that nobody waits for; a notification for less would only flicker. */
const patienceMs = 1000;

export class Runs {
  constructor(private readonly options: RunsOptions) {}

  /** Saves the recipe and runs it, or one of its stages. */
  async start(target: unknown, stage?: unknown): Promise<void> {
    if (!isAllowed()) return;
    const recipe = await this.options.recipes.choose(target);
    if (recipe === undefined) return;
    await save(recipe);
    const threads = setting("run.threads", recipe);
    const parallel = setting("run.parallel", recipe);
    const engine = setting("run.engine", recipe);
    const device = setting("run.device", recipe).trim();
    const params = {
      recipe: recipe.fsPath,
      folder: runFolder(recipe, setting("run.folder", recipe)),
      ...(parallel > 0 && { parallel }),
      ...(threads > 0 && { threads }),
      ...(engine !== "auto" && { engine }),
      ...(device !== "" && { device }),
      ...(typeof stage === "string" && { stage }),
    };
    await withProgress(vscode.l10n.t("Starting {0}", plain(basename(recipe.fsPath))), (token) =>
      this.options.client.request(startRun, params, token),
    );
    this.options.tree.refresh();
    // Training goes on meanwhile; an answer is not waited for.
    void askOnClose();
  }

  async resume(target: unknown): Promise<void> {
    if (!isAllowed()) return;
    const run = await this.choose(target, runStates.resumable);
    if (run === undefined) return;
    await withProgress(vscode.l10n.t("Resuming {0}", plain(run.name)), (token) =>
      this.options.client.request(resumeRun, { folder: run.directory }, token),
    );
    this.options.tree.refresh();
  }

  async pause(target: unknown): Promise<void> {
    await this.control(target, "pause");
  }

  async stop(target: unknown): Promise<void> {
    await this.control(target, "stop");
  }

  private async control(target: unknown, request: "pause" | "stop"): Promise<void> {
    const states = request === "stop" ? runStates.stoppable : runStates.pausable;
    const run = await this.choose(target, states);
    if (run === undefined) return;
    await this.options.client.request(controlRun, { folder: run.directory, request });
    this.options.tree.refresh();
  }

  /** What the run's process has said, and what it is about now. */
  async showLog(target: unknown): Promise<void> {
    const run = await this.choose(target);
    if (run === undefined) return;
    const runs = await this.options.client.request(listRuns, undefined);
    const log = runs.find(({ folder }) => folder === run.directory)?.log;
    if (log === undefined) {
      throw new RangeError(
        vscode.l10n.t("Cannot show the log of {0}: it was not started here", plain(run.name)),
      );
    }
    await vscode.window.showTextDocument(vscode.Uri.file(log));
  }

  /** The run handed over, the only one in these states, or the one that the user picks. */
  async choose(target: unknown, states?: readonly ShownState[]): Promise<CatalogueRun | undefined> {
    const [node] = nodesOf(target, undefined);
    if (node?.kind === "run" || node?.kind === "stage") return node.run;
    const { runs } = await this.options.tree.list();
    const fitting = runs.filter((run) => states === undefined || states.includes(runState(run)));
    const named = runs.find(({ directory }) => directory === target);
    if (named !== undefined) return named;
    if (fitting.length === 0) throw new RangeError(vscode.l10n.t("There is no such run now"));
    if (fitting.length === 1) return fitting[0];
    const items = fitting.map((run) => ({
      run,
      label: plain(run.name),
      description: stateText(runState(run), vscode.l10n.t),
      detail: plain(run.directory),
    }));
    const title = vscode.l10n.t("Which run?");
    return (await vscode.window.showQuickPick(items, { title }))?.run;
  }
}

/** RUNS/NAME in the recipe's workspace folder, as the command line has it; beside the recipe where there is none. */
function runFolder(recipe: vscode.Uri, runs: string): string {
  const workspace = vscode.workspace.getWorkspaceFolder(recipe)?.uri.fsPath;
  const name = basename(recipe.fsPath).replace(/(\.fusion)?\.ya?ml$/i, "");
  return join(workspace ?? dirname(recipe.fsPath), runs, name);
}

/** A run freezes what is on the disk. */
async function save(recipe: vscode.Uri): Promise<void> {
  const open = vscode.workspace.textDocuments.find(
    ({ uri }) => uri.toString() === recipe.toString(),
  );
  if (open?.isDirty === true && !(await open.save())) {
    throw new RangeError(vscode.l10n.t("Cannot run {0}: it could not be saved", recipe.fsPath));
  }
}

/** Over the tree; what takes long says so where it can be taken back. */
async function withProgress<Result>(
  title: string,
  work: (token: vscode.CancellationToken) => Promise<Result>,
): Promise<Result> {
  const cancelled = new vscode.CancellationTokenSource();
  const working = work(cancelled.token);
  const settled = working.then(
    () => undefined,
    () => undefined,
  );
  const inView = { location: { viewId: "deepFusion.checkpoints" }, title };
  void vscode.window.withProgress(inView, () => settled);
  const timer = setTimeout(() => {
    const location = vscode.ProgressLocation.Notification;
    void vscode.window.withProgress({ location, title, cancellable: true }, (_, token) => {
      token.onCancellationRequested(() => {
        cancelled.cancel();
      });
      return settled;
    });
  }, patienceMs);
  try {
    return await working;
  } finally {
    clearTimeout(timer);
    cancelled.dispose();
  }
}

/** Once: whether runs go on when the window closes. Until it is answered they do. */
async function askOnClose(): Promise<void> {
  if (setting("run.onClose") !== "ask") return;
  const goOn = vscode.l10n.t("Keep Training");
  const stop = vscode.l10n.t("Save and Stop");
  const answer = await vscode.window.showInformationMessage(
    vscode.l10n.t("When you close the window, should runs go on without it?"),
    goOn,
    stop,
  );
  if (answer === undefined) return;
  const value = answer === stop ? "stop" : "continue";
  await vscode.workspace
    .getConfiguration("deepFusion")
    .update("run.onClose", value, vscode.ConfigurationTarget.Global);
}
