/** What can be folded: everything of more than a line, and runs of comments. */
import { FoldingRangeKind } from "vscode-languageserver";
import type { FoldingRange } from "vscode-languageserver";
import type { RecipeDocument } from "./recipe-document";
import { allSpots, rootSpot } from "./schema-walk";

export function foldingRanges(document: RecipeDocument): FoldingRange[] {
  const lines = document.text.getText().split(/\r?\n/);
  const values = document.root === undefined ? [] : [...valueRanges(document, lines)];
  return [...values, ...commentRanges(lines)];
}

function* valueRanges(document: RecipeDocument, lines: readonly string[]): Generator<FoldingRange> {
  const seen = new Set<number>();
  for (const { entry, node } of allSpots(rootSpot(document.root!))) {
    if (entry === undefined || node.kind === "scalar") continue;
    const startLine = document.text.positionAt(entry.keyRange.start.offset).line;
    // A block's range ends where the next key begins.
    let endLine = document.text.positionAt(Math.max(0, node.range.end.offset - 1)).line;
    while (endLine > startLine && isBlank(lines[endLine]!)) endLine--;
    if (endLine <= startLine || seen.has(startLine)) continue;
    seen.add(startLine);
    yield { startLine, endLine };
  }
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
