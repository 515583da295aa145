/** The syntax tree against the table of fields: plain values of what is right, a problem for all that is not. */
import { nearest } from "./nearest";
import { quote } from "./problem";
import type { Problem, Range } from "./problem";
import { alternatives, describeType } from "./schema";
import type { FieldType, Fields, NumberType } from "./schema";
import type { MapEntry, MapNode, ScalarNode, SyntaxNode } from "./syntax";

/** Where a value stands, and its key where it has one. */
export interface Place {
  readonly keyRange: Range | undefined;
  readonly range: Range;
  /** As written, shortened to a line. */
  readonly source: string;
}

export interface Validation {
  /** Objects, arrays and scalars of what was right; the rest is absent. */
  readonly value: unknown;
  readonly problems: readonly Problem[];
  /** By path: "stages.a.steps", "stages.fused.fuse[1]". */
  readonly places: ReadonlyMap<string, Place>;
  /** Paths of the keys that mistyped ones most likely meant: they are not missing too. */
  readonly meant: ReadonlySet<string>;
}

export function validate(root: SyntaxNode, type: FieldType, file: string): Validation {
  const validator = new Validator(file);
  const value = validator.value(root, type, "");
  const { problems, places, meant } = validator;
  return { value, problems, places, meant };
}

/** Names of stages are folder names on every system, and no paths. */
const usableName = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;
const reservedName = /^(con|prn|aux|nul|com\d|lpt\d)$/i;

export function isUsableName(name: string): boolean {
  return usableName.test(name) && !reservedName.test(name) && name !== "__proto__";
}

type ScalarType = Extract<
  FieldType,
  { kind: "number" | "boolean" | "text" | "choice" | "reference" }
>;

class Validator {
  readonly problems: Problem[] = [];
  readonly places = new Map<string, Place>();
  readonly meant = new Set<string>();

  constructor(private readonly file: string) {}

  value(node: SyntaxNode, type: FieldType, path: string): unknown {
    if (!this.places.has(path)) this.place(path, node, undefined);
    switch (type.kind) {
      case "object":
        return this.object(node, type.fields, path);
      case "named":
        return this.named(node, type, path);
      case "variant":
        return this.variant(node, type.options, path);
      case "tagged":
        return this.tagged(node, type.options, path);
      case "list":
        return this.list(node, type.items, path);
      case "number":
      case "boolean":
      case "text":
      case "choice":
      case "reference":
        return this.scalar(node, type, path);
    }
  }

  private object(node: SyntaxNode, fields: Fields, path: string): unknown {
    const map = this.map(node, `keys ${Object.keys(fields).join(", ")}`, path);
    if (map === undefined) return undefined;
    const value: Record<string, unknown> = {};
    for (const entry of map.entries) {
      const inner = join(path, entry.key);
      const field = Object.hasOwn(fields, entry.key) ? fields[entry.key] : undefined;
      if (field === undefined) {
        this.unknownKey(entry, Object.keys(fields), inner);
        continue;
      }
      this.place(inner, entry.value, entry.keyRange);
      const checked = this.value(entry.value, field.type, inner);
      if (checked !== undefined) value[entry.key] = checked;
    }
    return value;
  }

  private named(
    node: SyntaxNode,
    { what, values }: Extract<FieldType, { kind: "named" }>,
    path: string,
  ): unknown {
    const map = this.map(node, `${what} names, each with its settings`, path);
    if (map === undefined) return undefined;
    const value = new Map<string, unknown>();
    const folded = new Map<string, string>();
    for (const entry of map.entries) {
      const inner = join(path, entry.key);
      this.place(inner, entry.value, entry.keyRange);
      this.name(entry, what, inner);
      const other = folded.get(entry.key.toLowerCase());
      if (other !== undefined) {
        const message = `the ${what} names "${other}" and "${entry.key}" differ in case alone, which folders cannot`;
        this.report(entry.keyRange, inner, message, {});
      }
      folded.set(entry.key.toLowerCase(), entry.key);
      const checked = this.value(entry.value, values, inner);
      if (checked !== undefined) value.set(entry.key, checked);
    }
    return Object.fromEntries(value);
  }

  private name(entry: MapEntry, what: string, path: string): void {
    if (isUsableName(entry.key)) return;
    this.report(entry.keyRange, path, `${quote(entry.key)} cannot be the name of a ${what}`, {
      allowed: "1 to 64 letters, digits, _ and -, beginning with a letter or digit",
    });
  }

  /** An object whose kind is the one key of `options` that it has. */
  private variant(
    node: SyntaxNode,
    options: Readonly<Record<string, Fields>>,
    path: string,
  ): unknown {
    const kinds = Object.keys(options);
    const map = this.map(node, `one of the keys ${alternatives(kinds)}`, path);
    if (map === undefined) return undefined;
    const given = map.entries.filter((entry) => kinds.includes(entry.key));
    const [first, second] = given;
    if (first === undefined) {
      this.missingKind(map, kinds, path);
      return undefined;
    }
    if (second !== undefined) {
      const message = `${first.key} and ${second.key} cannot stand together: a stage does one thing`;
      this.report(second.keyRange, join(path, second.key), message, {
        allowed: `one of ${kinds.join(", ")}`,
      });
      return undefined;
    }
    return this.object(map, options[first.key]!, path);
  }

  private missingKind(map: MapNode, kinds: readonly string[], path: string): void {
    for (const entry of map.entries) {
      const near = nearest(entry.key, kinds);
      if (near === undefined) continue;
      this.unknownKey(entry, kinds, join(path, entry.key));
      return;
    }
    const range = this.places.get(path)?.keyRange ?? map.range;
    this.report(range, path, "does not say what it does", {
      allowed: `one of the keys ${alternatives(kinds)}`,
    });
  }

  /** A plain word, or an object with `kind`; the value is always an object. */
  private tagged(
    node: SyntaxNode,
    options: Readonly<Record<string, Fields>>,
    path: string,
  ): unknown {
    const kinds = Object.keys(options);
    const kindType: ScalarType = { kind: "choice", values: kinds };
    if (node.kind !== "map") {
      const kind = this.scalar(node, kindType, path);
      return kind === undefined ? undefined : { kind };
    }
    const entry = node.entries.find(({ key }) => key === "kind");
    const kind = entry === undefined ? undefined : this.scalarAt(entry, kindType, path);
    const known = kinds.find((word) => word === kind);
    const fields =
      known === undefined
        ? (Object.assign({}, ...Object.values(options)) as Fields)
        : options[known]!;
    const rest = { ...node, entries: node.entries.filter(({ key }) => key !== "kind") };
    const inner = this.object(rest, fields, path);
    return typeof inner === "object"
      ? { ...(known === undefined ? {} : { kind: known }), ...inner }
      : undefined;
  }

  private scalarAt(entry: MapEntry, type: ScalarType, path: string): unknown {
    const inner = join(path, entry.key);
    this.place(inner, entry.value, entry.keyRange);
    return this.scalar(entry.value, type, inner);
  }

  private list(node: SyntaxNode, items: FieldType, path: string): unknown {
    const nodes = node.kind === "list" ? node.items : [node];
    if (node.kind === "list" && nodes.length === 0) {
      this.report(node.range, path, "the list is empty", { allowed: describeType(items) });
    }
    return nodes
      .map((item, index) => this.value(item, items, `${path}[${index}]`))
      .filter((value) => value !== undefined);
  }

  private scalar(node: SyntaxNode, type: ScalarType, path: string): unknown {
    if (node.kind !== "scalar" || node.value === null) {
      const message = node.kind === "scalar" ? "has no value" : `cannot be a ${node.kind}`;
      this.report(node.range, path, message, { allowed: describeType(type) });
      return undefined;
    }
    switch (type.kind) {
      case "number":
        return this.number(node, type, path);
      case "boolean":
        return typeof node.value === "boolean" ? node.value : this.refuse(node, type, path);
      case "choice": {
        const word = String(node.value);
        if (type.values.includes(word)) return word;
        return this.refuse(node, type, path, nearest(word, type.values));
      }
      case "text":
      case "reference": {
        const word = String(node.value);
        return word.trim() === "" || word.includes("\0") ? this.refuse(node, type, path) : word;
      }
    }
  }

  private number(node: ScalarNode, type: NumberType, path: string): unknown {
    const { value } = node;
    const right =
      typeof value === "number" &&
      Number.isFinite(value) &&
      (!type.whole || Number.isSafeInteger(value)) &&
      (type.open === "least" || type.open === "both" ? value > type.least : value >= type.least) &&
      (type.open === "most" || type.open === "both" ? value < type.most : value <= type.most);
    return right ? value : this.refuse(node, type, path);
  }

  private refuse(node: ScalarNode, type: FieldType, path: string, near?: string): unknown {
    this.report(
      node.range,
      path,
      `cannot be ${typeof node.value === "string" ? quote(node.value) : node.source}`,
      {
        allowed: describeType(type),
        near,
      },
    );
    return undefined;
  }

  private map(node: SyntaxNode, allowed: string, path: string): MapNode | undefined {
    if (node.kind === "map") return node;
    const empty = node.kind === "scalar" && node.value === null;
    const range = empty ? (this.places.get(path)?.keyRange ?? node.range) : node.range;
    const message = empty
      ? "has no settings"
      : `cannot be ${quote(this.places.get(path)?.source ?? "")}`;
    this.report(range, path, message, { allowed });
    return undefined;
  }

  private unknownKey(entry: MapEntry, allowed: readonly string[], path: string): void {
    this.place(path, entry.value, entry.keyRange);
    const free = allowed.filter((word) => !this.places.has(join(parent(path), word)));
    const near = nearest(entry.key, free);
    if (near !== undefined) this.meant.add(join(parent(path), near));
    this.report(entry.keyRange, path, `there is no key ${quote(entry.key)}`, {
      allowed: allowed.join(", "),
      near,
    });
  }

  private place(path: string, node: SyntaxNode, keyRange: Range | undefined): void {
    const source = node.kind === "scalar" ? node.source : `a ${node.kind}`;
    this.places.set(path, { keyRange, range: node.range, source });
  }

  private report(
    range: Range,
    key: string,
    message: string,
    hints: { readonly allowed?: string; readonly near?: string | undefined },
  ): void {
    const value = this.places.get(key)?.source;
    this.problems.push({
      severity: "error",
      file: this.file,
      range,
      key,
      message,
      ...(value === undefined || value === "" ? {} : { value }),
      ...(hints.allowed === undefined ? {} : { allowed: hints.allowed }),
      ...(hints.near === undefined ? {} : { near: hints.near }),
    });
  }
}

function join(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}

function parent(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf(".")));
}
