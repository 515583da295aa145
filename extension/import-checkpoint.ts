/** Bringing a checkpoint into the tree: a folder of this machine, or one from the Hugging Face Hub. */
import * as vscode from "vscode";
import { fetchCheckpointRequest } from "../server/protocol/import";
import type { ServerClient } from "./client";
import type { Jobs } from "./jobs";
import type { Places } from "./places";
import { plain } from "./views/nodes";

export interface ImportOptions {
  readonly client: ServerClient;
  readonly jobs: Jobs;
  readonly places: Places;
}

export async function importCheckpoint(options: ImportOptions): Promise<void> {
  const folder = vscode.l10n.t("A Folder…");
  const hub = vscode.l10n.t("From the Hugging Face Hub…");
  const picked = await vscode.window.showQuickPick([folder, hub], {
    title: vscode.l10n.t("Import a Checkpoint: from where?"),
  });
  if (picked === folder) await addFolders(options);
  if (picked === hub) await fetchFromHub(options);
}

async function addFolders({ places }: ImportOptions): Promise<void> {
  const picked = await vscode.window.showOpenDialog({
    title: vscode.l10n.t("Import a Checkpoint: choose its folder, or one above several"),
    canSelectFiles: false,
    canSelectFolders: true,
    canSelectMany: true,
  });
  for (const { fsPath } of picked ?? []) await places.add(fsPath);
}

/** Its small files and headers come first: what cannot be used is refused before a weight is fetched. */
async function fetchFromHub({ client, jobs, places }: ImportOptions): Promise<void> {
  const text = await vscode.window.showInputBox({
    title: vscode.l10n.t("Import from the Hugging Face Hub: which model?"),
    placeHolder: "google/flan-t5-small",
    prompt: vscode.l10n.t(
      "OWNER/NAME or OWNER/NAME@REVISION; its address in a browser will do too",
    ),
    ignoreFocusOut: true,
    validateInput: (input) =>
      input.trim() === "" || input.includes("/")
        ? undefined
        : vscode.l10n.t("Name its owner too, as in google/flan-t5-small"),
  });
  if (text === undefined || text.trim() === "") return;
  const title = vscode.l10n.t("Fetching {0}", plain(text.trim()));
  const directory = await jobs.run(title, (job, token) =>
    client.request(fetchCheckpointRequest, { text, job }, token),
  );
  await places.add(directory);
}
