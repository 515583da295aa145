/** The smallest change of a recipe's text after which another value stands at a path; layout and comments stay. */
import type { TextEdit } from "vscode-languageserver";
import type { MapEntry, MapNode, SyntaxNode } from "../recipe/syntax";
import type { RecipeDocument } from "./recipe-document";

/**
 * @param path "stages.a.steps", "stages.fused.fuse[1]"
 * @param value YAML that fits on a line; undefined takes the key or the item out
 * @returns undefined where the place cannot be found or made
 */
export function setValue(
  document: RecipeDocument,
  path: string,
  value: string | undefined,
): TextEdit | undefined {
  const steps = pathSteps(path);
  const parents: SyntaxNode[] = [];
  let node = document.root;
  for (const [index, step] of steps.entries()) {
    if (node === undefined) break;
    parents.push(node);
    const inner = child(node, step);
    if (inner === undefined) {
      return value === undefined
        ? undefined
        : insertion(document, { parents, steps, index }, value);
    }
    node = inner;
  }
  if (node === undefined) return undefined;
  if (value === undefined) return removal(document, parents.at(-1), steps.at(-1)!);
  return replacement(document, node, value);
}

type Step = string | number;

function pathSteps(path: string): Step[] {
  return [...path.matchAll(/([^.[\]]+)|\[(\d+)\]/g)].map(([, key, index]) => key ?? Number(index));
}

function child(node: SyntaxNode, step: Step): SyntaxNode | undefined {
  if (node.kind === "map") return entryOf(node, step)?.value;
  if (node.kind === "list") return typeof step === "number" ? node.items[step] : undefined;
  // One value alone stands for a list of one.
  return step === 0 ? node : undefined;
}

function entryOf(node: MapNode, step: Step): MapEntry | undefined {
  return node.entries.find(({ key }) => key === step);
}

function replacement(document: RecipeDocument, node: SyntaxNode, value: string): TextEdit {
  const { start, end } = node.range;
  const text = document.text.getText();
  // A key without a value ends right behind its colon.
  const gap = start.offset === end.offset && text[start.offset - 1] === ":" ? " " : "";
  return { range: document.range(trimmed(text, node)), newText: gap + value };
}

/** A block collection's range takes in the line breaks and comments behind it. */
function trimmed(text: string, { range }: SyntaxNode) {
  let end = range.end.offset;
  while (end > range.start.offset && /\s/.test(text[end - 1]!)) end--;
  return { start: range.start, end: { ...range.end, offset: end } };
}

interface Missing {
  readonly parents: readonly SyntaxNode[];
  readonly steps: readonly Step[];
  /** Of the first step that is not there. */
  readonly index: number;
}

function insertion(
  document: RecipeDocument,
  { parents, steps, index }: Missing,
  value: string,
): TextEdit | undefined {
  const map = parents[index];
  const missing = steps.slice(index);
  if (map?.kind !== "map" || missing.some((step) => typeof step === "number")) return undefined;
  const text = document.text.getText();
  const [first, ...rest] = missing as string[];
  const nested = rest.reduceRight((inner, step) => `{ ${step}: ${inner} }`, value);
  const added = `${first!}: ${nested}`;
  const last = map.entries.at(-1);
  if (text[map.range.start.offset] === "{") {
    const at = last === undefined ? map.range.start.offset + 1 : endOf(text, last);
    return insert(document, at, last === undefined ? ` ${added} ` : `, ${added}`);
  }
  if (last === undefined) return undefined;
  const indent = " ".repeat(map.entries[0]!.keyRange.start.column - 1);
  // The version goes first, everything else last.
  if (first === "version") return insert(document, map.range.start.offset, `${added}\n${indent}`);
  return insert(document, endOf(text, last), `\n${indent}${added}`);
}

function endOf(text: string, { keyRange, value }: MapEntry): number {
  const end = trimmed(text, value).end.offset;
  if (end > keyRange.end.offset) return end;
  const colon = text.indexOf(":", keyRange.end.offset);
  return colon < 0 ? keyRange.end.offset : colon + 1;
}

function insert(document: RecipeDocument, offset: number, newText: string): TextEdit {
  const position = document.text.positionAt(offset);
  return { range: { start: position, end: position }, newText };
}

function removal(
  document: RecipeDocument,
  parent: SyntaxNode | undefined,
  step: Step,
): TextEdit | undefined {
  if (parent === undefined || parent.kind === "scalar") return undefined;
  const text = document.text.getText();
  const spans =
    parent.kind === "map"
      ? parent.entries.map((entry) => ({
          start: entry.keyRange.start.offset,
          end: endOf(text, entry),
        }))
      : parent.items.map((item) => ({
          start: item.range.start.offset,
          end: trimmed(text, item).end.offset,
        }));
  const index =
    parent.kind === "map" ? parent.entries.findIndex(({ key }) => key === step) : Number(step);
  const span = spans[index];
  if (span === undefined) return undefined;
  const isFlow = /[[{]/.test(text[parent.range.start.offset] ?? "");
  const { start, end } = isFlow ? withComma(spans, index) : wholeLines(text, span);
  const range = { start: document.text.positionAt(start), end: document.text.positionAt(end) };
  return { range, newText: "" };
}

interface Span {
  readonly start: number;
  readonly end: number;
}

function withComma(spans: readonly Span[], index: number): Span {
  const span = spans[index]!;
  const [before, after] = [spans[index - 1], spans[index + 1]];
  if (after !== undefined) return { start: span.start, end: after.start };
  return { start: before?.end ?? span.start, end: span.end };
}

function wholeLines(text: string, { start, end }: Span): Span {
  const next = text.indexOf("\n", end);
  return { start: text.lastIndexOf("\n", start - 1) + 1, end: next < 0 ? text.length : next + 1 };
}
