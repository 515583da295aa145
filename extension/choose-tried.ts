/** Which checkpoints are tried: those of a menu, or picked. */
import * as vscode from "vscode";
import type { TriedCheckpoint } from "../server/protocol/trying";
import type { ServerClient } from "./client";
import { pickCheckpoints } from "./pick-checkpoints";
import { triedCheckpoint } from "./tried-checkpoint";
import type { CheckpointTree } from "./views/checkpoint-tree";
import { checkpointsOf } from "./views/selection";

export interface TriedSources {
  readonly client: ServerClient;
  readonly tree: CheckpointTree;
}

/** Undefined: the user left. */
export async function chooseTried(
  sources: TriedSources,
  target: unknown,
  selected: unknown,
): Promise<readonly TriedCheckpoint[] | undefined> {
  const given = checkpointsOf(target, selected).map(({ checkpoint }) => checkpoint.directory);
  if (given.length > 0) return named(given, sources);
  const title = vscode.l10n.t("Try: which checkpoints?");
  const picked = await pickCheckpoints(sources, { title, least: 1 });
  return picked && named(picked, sources);
}

/** One beside those that are shown; undefined: the user left. */
export async function chooseAnother(
  sources: TriedSources,
  shown: readonly string[],
): Promise<readonly TriedCheckpoint[] | undefined> {
  const title = vscode.l10n.t("Try beside: which checkpoint?");
  const picked = await pickCheckpoints(sources, { title, without: shown, least: 1, most: 1 });
  return picked && named(picked, sources);
}

async function named(
  directories: readonly string[],
  { tree }: TriedSources,
): Promise<TriedCheckpoint[]> {
  const catalogue = await tree.list();
  return directories.map((path) => triedCheckpoint(path, catalogue, vscode.l10n.t));
}
