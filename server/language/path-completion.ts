/** Files and folders where a recipe names one, relative to itself. */
import { CompletionItemKind } from "vscode-languageserver";
import type { CompletionItem, TextEdit } from "vscode-languageserver";
import type { Cursor } from "./cursor";
import type { RecipePaths } from "./facts";

interface PathOptions {
  readonly edit: (newText: string) => TextEdit;
  readonly paths: RecipePaths;
}

/** What each key takes, beside folders to go on in. */
const wanted: Readonly<Record<string, RegExp>> = {
  files: /\.(txt|jsonl|jsonl\.gz|parquet)$/i,
  tokenizer: /(^tokenizer\.json|\.model)$/i,
  import: /^$/,
};

export async function completePaths(
  { word, spot }: Cursor,
  { edit, paths }: PathOptions,
): Promise<CompletionItem[]> {
  const key = spot.entry?.key ?? "";
  const fits = Object.hasOwn(wanted, key) ? wanted[key] : undefined;
  if (fits === undefined) return [];
  const folder = word.slice(0, word.lastIndexOf("/") + 1);
  const entries = await paths.entries(folder === "" ? "." : folder);
  const items = entries
    .filter(({ name, isFolder }) => !name.startsWith(".") && (isFolder || fits.test(name)))
    .map(({ name, isFolder }): CompletionItem => {
      const path = `${folder}${name}${isFolder ? "/" : ""}`;
      return {
        label: path,
        kind: isFolder ? CompletionItemKind.Folder : CompletionItemKind.File,
        sortText: `2${path}`,
        textEdit: edit(scalar(path)),
        ...(isFolder && { command: { title: "Suggest", command: "editor.action.triggerSuggest" } }),
      };
    });
  const checkpoints = key === "files" ? [] : await paths.checkpoints();
  return [
    ...(key === "tokenizer" ? [item("bytes", "ByT5's vocabulary; needs no file", "0", edit)] : []),
    ...checkpoints.map((path) => item(path, "checkpoint", `1${path}`, edit)),
    ...items.filter(({ label }) => !checkpoints.includes(label)),
  ];
}

function item(
  path: string,
  detail: string,
  sortText: string,
  edit: PathOptions["edit"],
): CompletionItem {
  const kind = CompletionItemKind.Reference;
  return { label: path, kind, detail, sortText, textEdit: edit(scalar(path)) };
}

/** Quoted where YAML would read something else. */
function scalar(path: string): string {
  return /^[\w.][\w./+~-]*$/.test(path) ? path : JSON.stringify(path);
}
