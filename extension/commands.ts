/** The whole command surface; test/extension/manifest.test.ts compares its keys with package.json. */
import * as vscode from "vscode";
import { checkRecipe } from "./check-recipe";
import { chooseTried } from "./choose-tried";
import { showRecipe } from "./recipes";
import type { Services } from "./services";
import { runDoctor } from "./doctor";
import { importCheckpoint } from "./import-checkpoint";
import { installEngine } from "./install-engine";
import { isAllowed } from "./trust";
import { plain } from "./views/nodes";
import { nodesOf } from "./views/selection";

/** `target` is whatever the menu or tree handed over, `selected` all that is selected; each command narrows them. */
type Command = (services: Services, target: unknown, selected: unknown) => Promise<void>;

export const commands: Readonly<Record<string, Command>> = {
  "deepFusion.trySample": trySample,
  "deepFusion.newRecipe": async ({ recipes }) => {
    const recipe = await recipes.create();
    if (recipe !== undefined) await showRecipe(recipe);
  },
  "deepFusion.checkRecipe": ({ recipes }, target) => checkRecipe(recipes, target),
  "deepFusion.startRun": ({ runs }, target, stage) => runs.start(target, stage),
  "deepFusion.pauseRun": ({ runs }, target) => runs.pause(target),
  "deepFusion.resumeRun": ({ runs }, target) => runs.resume(target),
  "deepFusion.stopRun": ({ runs }, target) => runs.stop(target),
  "deepFusion.fuse": ({ fusion }, target, selected) => fusion.fuse(target, selected),
  "deepFusion.selfFuse": ({ fusion }, target) => fusion.selfFuse(target),
  "deepFusion.trainOn": ({ trainOn }, target) => trainOn.trainOn(target),
  "deepFusion.evaluate": ({ inspection }, target, selected) =>
    inspection.evaluate(target, selected),
  "deepFusion.tryCheckpoint": async ({ client, tree, trying }, target, selected) => {
    if (!isAllowed()) return;
    const checkpoints = await chooseTried({ client, tree }, target, selected);
    if (checkpoints !== undefined) trying.show(checkpoints);
  },
  "deepFusion.compare": ({ inspection }, target, selected) => inspection.compare(target, selected),
  "deepFusion.showLineage": ({ inspection }, target) => inspection.showLineage(target),
  "deepFusion.inspectKernel": ({ inspection }, target) => inspection.inspectKernel(target),
  "deepFusion.reveal": ({ inspection }, target) => inspection.reveal(target),
  "deepFusion.copyPath": ({ inspection }, target, selected) =>
    inspection.copyPath(target, selected),
  "deepFusion.deleteCheckpoint": ({ inspection }, target, selected) =>
    inspection.remove(target, selected),
  "deepFusion.openDashboard": openDashboard,
  "deepFusion.openReport": async ({ runs, openReport }, target) => {
    const run = await runs.choose(target);
    if (run !== undefined) await openReport([run.directory]);
  },
  "deepFusion.showRunLog": ({ runs }, target) => runs.showLog(target),
  "deepFusion.importCheckpoint": importCheckpoint,
  "deepFusion.removeFolder": removeFolder,
  "deepFusion.refresh": ({ tree }) => {
    tree.refresh();
    return Promise.resolve();
  },
  "deepFusion.filter": async () => {
    await vscode.commands.executeCommand("deepFusion.checkpoints.focus");
    await vscode.commands.executeCommand("list.find");
  },
  "deepFusion.doctor": ({ log }) => runDoctor(log),
  "deepFusion.installEngine": () => installEngine(),
  "deepFusion.showLog": ({ log }) => {
    log.show();
    return Promise.resolve();
  },
  "deepFusion.restartServer": async ({ client, tree }) => {
    await client.restart();
    tree.refresh();
  },
};

/** `guard` is the one place where a command's failure is logged and shown. */
export function registerCommands(services: Services): vscode.Disposable[] {
  return Object.entries(commands).map(([id, command]) =>
    vscode.commands.registerCommand(id, (target: unknown, selected: unknown) =>
      services.guard(id, () => command(services, target, selected)),
    ),
  );
}

/** One press: the recipe appears, two models train and the tree fills. */
async function trySample({ recipes, runs }: Services): Promise<void> {
  const recipe = await recipes.writeSample();
  await showRecipe(recipe);
  await vscode.commands.executeCommand("deepFusion.checkpoints.focus");
  await runs.start(recipe);
}

/** Of the run or stage that a lens, the tree or a message handed over; without one, of whatever it shows. */
function openDashboard({ dashboard }: Services, target: unknown, selected: unknown): Promise<void> {
  const runs = nodesOf(target, selected).flatMap((node) =>
    node.kind === "run" || node.kind === "stage" ? [node.run.directory] : [],
  );
  const named = [target].flat().filter((folder) => typeof folder === "string");
  const shown = named.length > 0 ? named : runs;
  dashboard.show(...(shown.length > 0 ? [{ kind: "show-runs", runs: shown } as const] : []));
  return Promise.resolve();
}

async function removeFolder({ places }: Services): Promise<void> {
  const items = places.added().map((folder) => ({ folder, label: plain(folder) }));
  const placeHolder = vscode.l10n.t("Which folder should no longer be shown? Nothing is deleted");
  const picked = await vscode.window.showQuickPick(items, { placeHolder });
  if (picked !== undefined) await places.remove(picked.folder);
}
