/** Checkpoints by quick pick, for those who use the keyboard: newest run first, newest step first. */
import { basename } from "node:path";
import * as vscode from "vscode";
import { type CatalogueCheckpoint, listStage } from "../server/protocol/catalogue";
import type { ServerClient } from "./client";
import type { CheckpointTree } from "./views/checkpoint-tree";
import { checkpointName, fusionText, plain } from "./views/nodes";

export interface PickOptions {
  readonly title: string;
  /** Already chosen. */
  readonly picked?: readonly string[];
  /** Left out of the list. */
  readonly without?: readonly string[];
  readonly least: number;
  readonly most?: number;
}

interface Item extends vscode.QuickPickItem {
  readonly directory: string;
}

/** Absolute folders, in the order of the list; undefined where the user leaves. */
export async function pickCheckpoints(
  sources: { readonly client: ServerClient; readonly tree: CheckpointTree },
  { title, picked = [], without = [], least, most = Infinity }: PickOptions,
): Promise<readonly string[] | undefined> {
  const all = await allCheckpoints(sources);
  const items = all.filter(({ directory }) => !without.includes(directory)).map(itemOf);
  if (items.length < least) {
    throw new RangeError(
      vscode.l10n.t(
        "There are not enough checkpoints: {0} here, {1} needed; train or import some",
        items.length,
        least,
      ),
    );
  }
  if (most === 1) {
    const one = await vscode.window.showQuickPick(items, { title, matchOnDescription: true });
    return one && [one.directory];
  }
  const chosen = items.map((item) => ({ ...item, picked: picked.includes(item.directory) }));
  const many = await vscode.window.showQuickPick(chosen, {
    title,
    placeHolder: vscode.l10n.t("Space chooses, Enter goes on"),
    canPickMany: true,
    matchOnDescription: true,
  });
  if (many === undefined) return undefined;
  if (many.length < least || many.length > most) {
    throw new RangeError(vscode.l10n.t("Choose at least {0} checkpoints", least));
  }
  return many.map(({ directory }) => directory);
}

async function allCheckpoints({
  client,
  tree,
}: {
  readonly client: ServerClient;
  readonly tree: CheckpointTree;
}): Promise<CatalogueCheckpoint[]> {
  const { runs, checkpoints } = await tree.list();
  const stages = runs.flatMap((run) =>
    run.stages
      .filter(({ checkpoint }) => checkpoint !== undefined)
      .map((stage) => ({ run: run.directory, stage: stage.name })),
  );
  const lists = await Promise.all(stages.map((stage) => client.request(listStage, stage)));
  return [...lists.flatMap((list) => [...list].reverse()), ...checkpoints];
}

function itemOf(checkpoint: CatalogueCheckpoint): Item {
  const { directory, run, stage, fusion } = checkpoint;
  const { t } = vscode.l10n;
  const name = checkpointName(checkpoint, t);
  const where = [run === undefined ? "" : plain(basename(run)), fusionText(fusion, t)];
  return {
    directory,
    label: stage === undefined ? name : `${plain(stage)}, ${name}`,
    description: where.filter((text) => text !== "").join(" "),
  };
}
