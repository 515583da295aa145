/** Where models, corpora and stages are declared and where they are meant. */
import type { Range } from "../recipe/problem";
import type { NameKind } from "../recipe/schema";
import type { MapEntry, SyntaxNode } from "../recipe/syntax";
import { allSpots, rootSpot } from "./schema-walk";

export interface Declaration {
  readonly kind: NameKind;
  readonly name: string;
  readonly entry: MapEntry;
}

export interface Reference {
  readonly kinds: readonly NameKind[];
  readonly name: string;
  readonly range: Range;
}

export interface Names {
  readonly declarations: readonly Declaration[];
  readonly references: readonly Reference[];
}

export function namesOf(root: SyntaxNode | undefined): Names {
  const declarations: Declaration[] = [];
  const references: Reference[] = [];
  if (root === undefined) return { declarations, references };
  for (const { names, entry, type, node } of allSpots(rootSpot(root))) {
    if (names !== undefined && entry !== undefined) {
      declarations.push({ kind: names, name: entry.key, entry });
    }
    const name = node.kind === "scalar" && node.value !== null ? String(node.value) : "";
    const single = type?.kind === "list" ? type.items : type;
    if (single?.kind === "reference" && name !== "") {
      references.push({ kinds: single.to, name, range: node.range });
    }
  }
  return { declarations, references };
}

/** The declaration or reference at an offset, and what it names. */
export function nameAt(names: Names, offset: number): Named | undefined {
  const holds = ({ start, end }: Range) => start.offset <= offset && offset <= end.offset;
  const declared = names.declarations.find(({ entry }) => holds(entry.keyRange));
  if (declared !== undefined) {
    return { kind: declared.kind, name: declared.name, range: declared.entry.keyRange };
  }
  const reference = names.references.find(({ range }) => holds(range));
  if (reference === undefined) return undefined;
  const kind = kindOf(names, reference);
  return { kind, name: reference.name, range: reference.range };
}

export interface Named {
  readonly kind: NameKind;
  readonly name: string;
  readonly range: Range;
}

/** What a reference means; where nothing of the name is declared, the first that it could. */
export function kindOf({ declarations }: Names, { kinds, name }: Reference): NameKind {
  const declared = kinds.find((kind) =>
    declarations.some((declaration) => declaration.kind === kind && declaration.name === name),
  );
  return declared ?? kinds[0]!;
}

export function declarationOf(names: Names, { kind, name }: Pick<Named, "kind" | "name">) {
  return names.declarations.find(
    (declaration) => declaration.kind === kind && declaration.name === name,
  );
}

/** All references to one thing. */
export function referencesTo(
  names: Names,
  { kind, name }: Pick<Named, "kind" | "name">,
): Reference[] {
  return names.references.filter(
    (reference) => reference.name === name && kindOf(names, reference) === kind,
  );
}
