/** Where models, corpora and stages are declared and where they are meant. */
import type { Range } from "../recipe/problem";
import type { FieldType, NameKind } from "../recipe/schema";
import type { MapEntry, SyntaxNode } from "../recipe/syntax";
import { keysOf, rootSpot } from "./schema-walk";

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

/** Goes down only where the table has names: a long recipe is read after every keystroke. */
export function namesOf(root: SyntaxNode | undefined): Names {
  const names = { declarations: [] as Declaration[], references: [] as Reference[] };
  if (root !== undefined) collect(root, rootSpot(root).type!, names);
  return names;
}

interface Collected {
  readonly declarations: Declaration[];
  readonly references: Reference[];
}

function collect(node: SyntaxNode, type: FieldType, names: Collected): void {
  switch (type.kind) {
    case "reference":
      if (node.kind === "scalar" && node.value !== null && node.value !== "") {
        names.references.push({ kinds: type.to, name: String(node.value), range: node.range });
      }
      return;
    case "list": {
      const items = node.kind === "list" ? node.items : [node];
      for (const item of items) collect(item, type.items, names);
      return;
    }
    case "named":
      for (const entry of entriesOf(node)) {
        names.declarations.push({ kind: type.what, name: entry.key, entry });
        collect(entry.value, type.values, names);
      }
      return;
    case "object":
    case "variant": {
      const fields = node.kind === "map" ? keysOf(type, node) : undefined;
      for (const { key, value } of entriesOf(node)) {
        const field = fields !== undefined && Object.hasOwn(fields, key) ? fields[key] : undefined;
        if (field !== undefined) collect(value, field.type, names);
      }
      return;
    }
    case "tagged":
    case "number":
    case "boolean":
    case "text":
    case "choice":
      return;
  }
}

function entriesOf(node: SyntaxNode): readonly MapEntry[] {
  return node.kind === "map" ? node.entries : [];
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
