/** What can be folded: everything of more than a line, and runs of comments. */
import { FoldingRangeKind } from "vscode-languageserver";
import type { FoldingRange } from "vscode-languageserver";
import type { MapEntry, SyntaxNode } from "../recipe/syntax";
import type { RecipeDocument } from "./recipe-document";

export function foldingRanges(document: RecipeDocument): FoldingRange[] {
  const lines = document.text.getText().split(/\r?\n/);
  const values = document.root === undefined ? [] : [...valueRanges(document, lines)];
  return [...values, ...commentRanges(lines)];
}

function* valueRanges(
  { text, root }: RecipeDocument,
  lines: readonly string[],
): Generator<FoldingRange> {
  const seen = new Set<number>();
  for (const { keyRange, value } of longEntries(root!)) {
    const startLine = text.positionAt(keyRange.start.offset).line;
    // A block's range ends where the next key begins.
    let endLine = text.positionAt(Math.max(0, value.range.end.offset - 1)).line;
    while (endLine > startLine && isBlank(lines[endLine]!)) endLine--;
    if (endLine <= startLine || seen.has(startLine)) continue;
    seen.add(startLine);
    yield { startLine, endLine };
  }
}

/** Maps and lists of more than a line, outer ones first. */
function longEntries(root: SyntaxNode): MapEntry[] {
  const found: MapEntry[] = [];
  const visit = (node: SyntaxNode): void => {
    if (node.kind === "list") node.items.forEach(visit);
    if (node.kind !== "map") return;
    for (const entry of node.entries) {
      const { keyRange, value } = entry;
      if (value.kind === "scalar" || value.range.end.line === keyRange.start.line) continue;
      found.push(entry);
      visit(value);
    }
  };
  visit(root);
  return found;
}

function* commentRanges(lines: readonly string[]): Generator<FoldingRange> {
  let first: number | undefined;
  for (let line = 0; line <= lines.length; line++) {
    const isComment = /^\s*#/.test(lines[line] ?? "");
    if (isComment) first ??= line;
    else if (first !== undefined) {
      if (line - first > 1) {
        yield { startLine: first, endLine: line - 1, kind: FoldingRangeKind.Comment };
      }
      first = undefined;
    }
  }
}

function isBlank(line: string): boolean {
  return /^\s*(#.*)?$/.test(line);
}
