/** From a name to where it is declared, and to all places that mean it. */
import { DocumentHighlightKind } from "vscode-languageserver";
import type { DocumentHighlight, Location } from "vscode-languageserver";
import type { Range } from "../recipe/problem";
import { declarationOf, nameAt, referencesTo } from "./names";
import type { Named, Names } from "./names";
import type { RecipeDocument } from "./recipe-document";

export function definition(document: RecipeDocument, offset: number): Location | null {
  const names = document.names;
  const named = nameAt(names, offset);
  const declaration = named && declarationOf(names, named);
  return declaration === undefined ? null : locationOf(document, declaration.entry.keyRange);
}

export function references(
  document: RecipeDocument,
  offset: number,
  { includeDeclaration }: { readonly includeDeclaration: boolean },
): Location[] {
  const names = document.names;
  const named = nameAt(names, offset);
  if (named === undefined) return [];
  const ranges = occurrences(names, named);
  const wanted = includeDeclaration ? [...ranges.declared, ...ranges.meant] : ranges.meant;
  return wanted.map((range) => locationOf(document, range));
}

export function highlights(document: RecipeDocument, offset: number): DocumentHighlight[] {
  const names = document.names;
  const named = nameAt(names, offset);
  if (named === undefined) return [];
  const { declared, meant } = occurrences(names, named);
  const as = (kind: DocumentHighlightKind) => (range: Range) => ({
    range: document.range(range),
    kind,
  });
  return [
    ...declared.map(as(DocumentHighlightKind.Write)),
    ...meant.map(as(DocumentHighlightKind.Read)),
  ];
}

export function occurrences(
  names: Names,
  named: Named,
): { readonly declared: readonly Range[]; readonly meant: readonly Range[] } {
  const declaration = declarationOf(names, named);
  return {
    declared: declaration === undefined ? [] : [declaration.entry.keyRange],
    meant: referencesTo(names, named).map(({ range }) => range),
  };
}

function locationOf(document: RecipeDocument, range: Range): Location {
  return { uri: document.text.uri, range: document.range(range) };
}
