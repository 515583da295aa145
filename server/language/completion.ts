/** What could stand at the cursor: keys, values, names of models and stages, checkpoints and paths. */
import { CompletionItemKind, InsertTextFormat } from "vscode-languageserver";
import type { CompletionItem, TextEdit } from "vscode-languageserver";
import { parameterCount } from "../checkpoint/parameters";
import { presets } from "../model/presets";
import type { Field, FieldType, NameKind } from "../recipe/schema";
import { cursorAt, givenKeys } from "./cursor";
import type { Cursor } from "./cursor";
import type { RecipePaths } from "./facts";
import { large } from "./figures";
import { fieldText, markdown } from "./markdown";
import { completePaths } from "./path-completion";
import type { RecipeDocument } from "./recipe-document";
import { scanNames } from "./scan-names";
import { keysOf } from "./schema-walk";

export async function complete(
  document: RecipeDocument,
  offset: number,
  paths: RecipePaths,
): Promise<CompletionItem[]> {
  const text = document.text.getText();
  const cursor = cursorAt(text, offset);
  if (cursor === undefined) return [];
  const range = {
    start: document.text.positionAt(cursor.start),
    end: document.text.positionAt(cursor.end),
  };
  const edit = (newText: string): TextEdit => ({ range, newText });
  if (cursor.role === "key") return keyItems(cursor, edit);
  const { type, field } = cursor.spot;
  const single = type?.kind === "list" ? type.items : type;
  if (single?.kind === "text") return completePaths(cursor, { edit, paths });
  if (single?.kind === "reference") return nameItems(cursor, { text, kinds: single.to, edit });
  return single === undefined ? [] : valueItems(cursor, { type: single, field, edit });
}

type Edit = (newText: string) => TextEdit;

function keyItems(cursor: Cursor, edit: Edit): CompletionItem[] {
  const { spot, map, hasColon } = cursor;
  const fields = spot.type === undefined ? undefined : keysOf(spot.type, map);
  const given = givenKeys(map);
  return Object.entries(fields ?? {})
    .filter(([key]) => !given.includes(key))
    .map(([key, field], index) => ({
      label: key,
      kind: CompletionItemKind.Property,
      detail: field.required === true ? "required" : defaultText(field),
      documentation: markdown(...fieldText(field)),
      sortText: sortText(field.required === true ? 0 : 1, index),
      textEdit: edit(hasColon ? key : keyText(cursor, key, field.type)),
      ...(asksForValue(field.type) && suggestNext),
    }));
}

/** A block below its key goes two columns further in. */
function keyText({ isInline, map }: Cursor, key: string, type: FieldType): string {
  const isBlock = type.kind === "named" || type.kind === "object";
  if (!isBlock || isInline) return `${key}: `;
  const indent = " ".repeat((map?.entries[0]?.keyRange.start.column ?? 1) + 1);
  return `${key}:\n${indent}`;
}

function defaultText({ default: value, defaultText: words }: Field): string {
  return value === undefined ? (words ?? "").replaceAll("`", "") : String(value);
}

function asksForValue({ kind }: FieldType): boolean {
  return kind === "choice" || kind === "reference" || kind === "boolean" || kind === "tagged";
}

const suggestNext = {
  command: { title: "Suggest", command: "editor.action.triggerSuggest" },
} as const;

interface NameOptions {
  readonly text: string;
  readonly kinds: readonly NameKind[];
  readonly edit: Edit;
}

/** All of a kind, but the stage that the cursor is in and what the list has already. */
function nameItems(cursor: Cursor, { text, kinds, edit }: NameOptions): CompletionItem[] {
  const names = scanNames(text);
  const own = cursor.trail.findLast(({ names: kind }) => kind === "stage")?.entry?.key;
  const listed = cursor.list?.node.kind === "list" ? cursor.list.node.items : [];
  const taken = new Set(listed.map((item) => (item.kind === "scalar" ? String(item.value) : "")));
  return kinds.flatMap((kind, group) =>
    names[kind]
      .filter((name) => !taken.has(name) && !(kind === "stage" && name === own))
      .map((name, index) => ({
        label: name,
        kind: kind === "stage" ? CompletionItemKind.Function : CompletionItemKind.Class,
        detail: kind,
        sortText: sortText(group, index),
        textEdit: edit(name),
      })),
  );
}

interface ValueOptions {
  readonly type: FieldType;
  readonly field: Field | undefined;
  readonly edit: Edit;
}

function valueItems(cursor: Cursor, options: ValueOptions): CompletionItem[] {
  const { type, field, edit } = options;
  const words = (values: readonly string[]): CompletionItem[] =>
    values.map((value, index) => ({
      label: value,
      kind: CompletionItemKind.Value,
      detail: value === String(field?.default) ? "default" : presetSize(value),
      ...(field && { documentation: markdown(field.meaning) }),
      sortText: sortText(0, index),
      textEdit: edit(value),
    }));
  switch (type.kind) {
    case "choice":
      return words(type.values);
    case "boolean":
      return words(["true", "false"]);
    case "tagged":
      return words(Object.keys(type.options));
    case "number":
      return field?.default === undefined ? [] : words([String(field.default)]);
    case "variant":
      return cursor.isInline ? variantItems(type.options, edit) : keyItems(cursor, edit);
    case "object":
    case "named":
      return cursor.isInline ? [] : keyItems(cursor, edit);
    case "list":
    case "reference":
    case "text":
      return [];
  }
}

function variantItems(options: Readonly<Record<string, unknown>>, edit: Edit): CompletionItem[] {
  const snippets: Readonly<Record<string, string>> = {
    train: "{ train: $1, steps: ${2:1000}, seed: ${3:1} }$0",
    fuse: "{ fuse: [$1], method: ${2:property} }$0",
    import: "{ import: $1 }$0",
    evaluate: "{ evaluate: [$1] }$0",
  };
  return Object.keys(options).map((kind, index) => ({
    label: `{ ${kind}: … }`,
    filterText: kind,
    kind: CompletionItemKind.Snippet,
    insertTextFormat: InsertTextFormat.Snippet,
    sortText: sortText(0, index),
    textEdit: edit(snippets[kind] ?? `{ ${kind}: $1 }`),
  }));
}

function presetSize(name: string): string {
  const preset = Object.hasOwn(presets, name) ? presets[name] : undefined;
  return preset === undefined ? "" : `${large(parameterCount(preset))} parameters`;
}

function sortText(group: number, index: number): string {
  return `${group}${String(index).padStart(5, "0")}`;
}
