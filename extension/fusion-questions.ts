/** The questions of a fusion, each answered by keyboard; undefined: the user left. */
import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import * as vscode from "vscode";
import type { FusionMethod } from "../server/protocol/checkpoint";

/** The usual one stands first. */
export async function askMethod(usual: FusionMethod): Promise<FusionMethod | undefined> {
  const items: readonly (vscode.QuickPickItem & { readonly method: FusionMethod })[] = [
    {
      method: "property",
      label: vscode.l10n.t("property"),
      description: vscode.l10n.t("exact; needs the model code that is written beside it"),
    },
    {
      method: "rule",
      label: vscode.l10n.t("rule"),
      description: vscode.l10n.t("stock T5 architecture; drifts, except for copies of one model"),
    },
    {
      method: "calibrated",
      label: vscode.l10n.t("calibrated"),
      description: vscode.l10n.t(
        "stock T5 architecture, norms measured on probe batches; drifts less",
      ),
    },
  ];
  const sorted = [...items].sort((one, other) =>
    one.method === usual ? -1 : other.method === usual ? 1 : 0,
  );
  const picked = await vscode.window.showQuickPick(sorted, {
    title: vscode.l10n.t("Fuse: which method?"),
    matchOnDescription: true,
  });
  return picked?.method;
}

export interface NumberQuestion {
  readonly title: string;
  readonly value: number;
  readonly least: number;
  readonly whole?: boolean;
}

export async function askNumber({ title, value, least, whole = false }: NumberQuestion) {
  const text = await vscode.window.showInputBox({
    title,
    value: String(value),
    validateInput: (input) => {
      const number = input.trim() === "" ? NaN : Number(input);
      if (Number.isFinite(number) && number >= least && (!whole || Number.isInteger(number)))
        return undefined;
      return whole
        ? vscode.l10n.t("A whole number from {0}", least)
        : vscode.l10n.t("A number from {0}", least);
    },
  });
  return text === undefined ? undefined : Number(text);
}

/** A name of a folder that is not there yet. */
export function askName(
  folder: string,
  parents: readonly string[],
  copies: number,
): Thenable<string | undefined> {
  return vscode.window.showInputBox({
    title: vscode.l10n.t("Name of the child"),
    prompt: folder,
    value: freeName(
      folder,
      copies > 1 ? `${shortName(parents[0]!)}-x${copies}` : parents.map(shortName).join("-"),
    ),
    validateInput: (input) => {
      if (!/^[^/\\:*?"<>|\p{Cc}]+$/u.test(input) || /^\.+$/.test(input))
        return vscode.l10n.t("A folder's name, without / or \\");
      return existsSync(join(folder, input))
        ? vscode.l10n.t("There is something of this name already")
        : undefined;
    },
  });
}

/** The stage of a run's checkpoint, or the folder; bounded. */
function shortName(directory: string): string {
  const name = basename(directory);
  const stage = /^step-\d+$/.test(name) ? basename(dirname(directory)) : name;
  return stage.slice(0, 40);
}

function freeName(folder: string, wanted: string): string {
  let name = wanted.slice(0, 80);
  for (let number = 2; existsSync(join(folder, name)); number++)
    name = `${wanted.slice(0, 80)}-${number}`;
  return name;
}
