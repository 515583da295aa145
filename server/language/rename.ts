/** Another name for a model, a corpus or a stage, everywhere at once. */
import type { Range, WorkspaceEdit } from "vscode-languageserver";
import { quote } from "../recipe/problem";
import { isUsableName } from "../recipe/validate";
import { occurrences } from "./definition";
import { nameAt } from "./names";
import type { Named, Names } from "./names";
import type { RecipeDocument } from "./recipe-document";

/** The name that would change; null where there is none. */
export function prepareRename(
  document: RecipeDocument,
  offset: number,
): { readonly range: Range; readonly placeholder: string } | null {
  const named = nameAt(document.names, offset);
  if (named === undefined) return null;
  return { range: document.range(named.range), placeholder: named.name };
}

/** @throws {RangeError} the new name cannot be used, or is taken */
export function rename(
  document: RecipeDocument,
  offset: number,
  newName: string,
): WorkspaceEdit | null {
  const names = document.names;
  const named = nameAt(names, offset);
  if (named === undefined) return null;
  refuseUnusable(names, named, newName);
  const { declared, meant } = occurrences(names, named);
  const edits = [...declared, ...meant].map((range) => ({
    range: document.range(range),
    newText: scalar(newName),
  }));
  return { changes: { [document.text.uri]: edits } };
}

function refuseUnusable(names: Names, { kind, name }: Named, newName: string): void {
  const reason = (why: string) => new RangeError(`Cannot rename ${quote(name)}: ${why}`);
  if (!isUsableName(newName)) {
    throw reason(
      `${quote(newName)} is no name; use 1 to 64 letters, digits, _ and -, beginning with a letter or digit`,
    );
  }
  // A stage may be trained by name, as a model is: the two share their names.
  const shared = kind === "corpus" ? ["corpus"] : ["model", "stage"];
  const taken = names.declarations.find(
    (declaration) =>
      declaration.name.toLowerCase() === newName.toLowerCase() &&
      declaration.name !== name &&
      shared.includes(declaration.kind),
  );
  if (taken !== undefined) {
    throw reason(`there is a ${taken.kind} ${quote(taken.name)} already; choose another name`);
  }
}

/** Words that YAML would take for something else than text are quoted. */
function scalar(name: string): string {
  const isPlain = /[A-Za-z_-]/.test(name) && !/^(true|false|null|yes|no|on|off|\d.*)$/i.test(name);
  return isPlain ? name : `"${name}"`;
}
