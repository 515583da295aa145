/** The syntax tree and the table of fields side by side: what each key and value of a recipe is. */
import { recipeFields } from "../recipe/fields";
import type { Field, Fields, FieldType, NameKind } from "../recipe/schema";
import type { MapEntry, MapNode, SyntaxNode } from "../recipe/syntax";

/** A value of the recipe, and where it belongs. */
export interface Spot {
  /** "stages.fused.fuse[1]"; "" for the whole file. */
  readonly path: string;
  readonly node: SyntaxNode;
  /** Undefined below a key that there is not. */
  readonly type: FieldType | undefined;
  /** The key that it stands under, itself or through a list. */
  readonly entry?: MapEntry;
  /** What the table says of that key; absent for names of the user's choice. */
  readonly field?: Field;
  /** For a name of the user's choice: of what. */
  readonly names?: NameKind;
}

export function rootSpot(root: SyntaxNode): Spot {
  return { path: "", node: root, type: { kind: "object", fields: recipeFields } };
}

/** The keys and items inside, in the order of the text. */
export function childSpots(spot: Spot): Spot[] {
  const { node, type, path } = spot;
  if (node.kind === "list") return node.items.map((item, index) => itemSpot(spot, item, index));
  if (node.kind === "scalar") return [];
  const kinds = type === undefined ? undefined : keysOf(type, node);
  return node.entries.map((entry) => {
    const inner = path === "" ? entry.key : `${path}.${entry.key}`;
    const base = { path: inner, node: entry.value, entry };
    if (type?.kind === "named") return { ...base, type: type.values, names: type.what };
    const field =
      kinds !== undefined && Object.hasOwn(kinds, entry.key) ? kinds[entry.key] : undefined;
    return field === undefined
      ? { ...base, type: undefined }
      : { ...base, type: field.type, field };
  });
}

function itemSpot(list: Spot, node: SyntaxNode, index: number): Spot {
  const { type, entry, field, path } = list;
  return {
    path: `${path}[${index}]`,
    node,
    type: type?.kind === "list" ? type.items : undefined,
    ...(entry && { entry }),
    ...(field && { field }),
  };
}

/** The keys that a map of this type may have; for a variant, once its first key has said which. */
export function keysOf(type: FieldType, node: MapNode | undefined): Fields | undefined {
  switch (type.kind) {
    case "object":
      return type.fields;
    case "variant": {
      const kind = node?.entries.find(({ key }) => Object.hasOwn(type.options, key))?.key;
      return kind === undefined ? leadingKeys(type.options) : type.options[kind];
    }
    case "tagged": {
      const value = node?.entries.find(({ key }) => key === "kind")?.value;
      const kind = value?.kind === "scalar" ? String(value.value) : "";
      const known = Object.hasOwn(type.options, kind) ? type.options[kind] : undefined;
      const fields = known ?? (Object.assign({}, ...Object.values(type.options)) as Fields);
      return { kind: kindField(Object.keys(type.options)), ...fields };
    }
    case "list":
      return keysOf(type.items, node);
    case "named":
    case "number":
    case "boolean":
    case "text":
    case "choice":
    case "reference":
      return undefined;
  }
}

function leadingKeys(options: Readonly<Record<string, Fields>>): Fields {
  return Object.fromEntries(Object.entries(options).map(([kind, fields]) => [kind, fields[kind]!]));
}

function kindField(values: readonly string[]): Field {
  return {
    type: { kind: "choice", values },
    meaning: "Which one; the other keys here go with it.",
  };
}

/** From the root down to the innermost value or key that holds the offset. */
export function spotsAt(root: SyntaxNode, offset: number): Spot[] {
  const trail = [rootSpot(root)];
  for (;;) {
    // A block's range ends where the next key begins: there the later one counts.
    const inner = childSpots(trail.at(-1)!).findLast((child) => covers(child, offset));
    if (inner === undefined) return trail;
    trail.push(inner);
  }
}

function covers({ entry, node, path }: Spot, offset: number): boolean {
  const start = entry === undefined || path.endsWith("]") ? node.range.start : entry.keyRange.start;
  return start.offset <= offset && offset <= Math.max(node.range.end.offset, start.offset);
}

/** Whether the offset is on the spot's key. */
export function isOnKey({ entry, path }: Spot, offset: number): boolean {
  if (entry === undefined || path.endsWith("]")) return false;
  return entry.keyRange.start.offset <= offset && offset <= entry.keyRange.end.offset;
}
