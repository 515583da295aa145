/**
 * A long recipe's syntax tree, version after version: the text is cut at its sections and their entries, and only
 * pieces that have changed are parsed again. What is broken in one entry also stays in that entry.
 *
 * Recipes in which a piece could mean something else by itself (anchors, several documents, block scalars) and short
 * ones are parsed whole.
 */
import type { Problem, Range } from "../recipe/problem";
import { parseSyntax, syntaxLimits } from "../recipe/syntax";
import type { MapEntry, MapNode, SyntaxTree } from "../recipe/syntax";
import { shiftNode, shiftRange } from "./shift-syntax";
import type { Shift } from "./shift-syntax";

export interface IncrementalOptions {
  /** Shorter texts are parsed whole. */
  readonly least?: number;
}

const usualLeast = 8192;
const uncuttable =
  /(^|[\s[{,:])[&*]\w|^(---|\.\.\.)|^%|\t|^\uFEFF|[|>][-+\d]*[ ]*(#.*)?\r?$|^[ ]*(\?|<<)|\r(?!\n)/m;

/** Lines from `start` on; `indent` is that of the entries below a section's head. */
interface Piece {
  readonly text: string;
  readonly shift: Shift;
}

interface Section {
  readonly piece: Piece;
  /** Absent where the section is parsed in one. */
  readonly entries?: readonly Piece[];
}

interface Kept {
  readonly tree: SyntaxTree;
  readonly shift: Shift;
}

export class IncrementalSyntax {
  /** As they stood, by their text. */
  private kept = new Map<string, Kept>();

  constructor(private readonly options: IncrementalOptions = {}) {}

  parse(text: string): SyntaxTree {
    const least = this.options.least ?? usualLeast;
    if (text.length < least || text.length > syntaxLimits.bytes || uncuttable.test(text)) {
      return parseSyntax(text, "recipe");
    }
    const sections = cut(text);
    return (sections && this.assemble(sections)) ?? parseSyntax(text, "recipe");
  }

  /** Undefined where a piece is not what it looked like. */
  private assemble(sections: readonly Section[]): SyntaxTree | undefined {
    const before = this.kept;
    this.kept = new Map();
    const problems: Problem[] = [];
    const pieces: SyntaxTree[] = [];
    const parse = (piece: Piece) => {
      const tree = this.parsePiece(piece, before);
      pieces.push(tree);
      return tree;
    };
    const entries: MapEntry[] = [];
    for (const section of sections) {
      const found =
        section.entries === undefined
          ? entriesOf(parse(section.piece), problems)
          : blockSection(section, parse, problems);
      if (found === undefined) return undefined;
      entries.push(...found);
    }
    const root = mapOf(once(entries, problems));
    return root === undefined ? undefined : { root, problems, ...soundness(pieces) };
  }

  private parsePiece({ text, shift }: Piece, before: ReadonlyMap<string, Kept>): SyntaxTree {
    const last = before.get(text);
    const by = last && {
      offset: shift.offset - last.shift.offset,
      line: shift.line - last.shift.line,
    };
    const tree =
      by === undefined ? shifted(parseSyntax(text, "recipe"), shift) : shifted(last!.tree, by);
    this.kept.set(text, { tree, shift });
    return tree;
  }
}

/** @param pieces in the order of the text */
function soundness(pieces: readonly SyntaxTree[]): Pick<SyntaxTree, "isWhole" | "openQuote"> {
  const openQuote = pieces.find((piece) => piece.openQuote !== undefined)?.openQuote;
  const isWhole = pieces.every((piece) => piece.isWhole);
  return { isWhole, ...(openQuote !== undefined && { openQuote }) };
}

function shifted(tree: SyntaxTree, by: Shift): SyntaxTree {
  if (by.offset === 0 && by.line === 0) return tree;
  const { root, openQuote } = tree;
  return {
    ...tree,
    ...(openQuote !== undefined && { openQuote: openQuote + by.offset }),
    root: root && shiftNode(root, by),
    problems: tree.problems.map((problem) => ({
      ...problem,
      range: shiftRange(problem.range, by),
    })),
  };
}

/** [] for comments alone. */
function entriesOf(
  { root, problems }: SyntaxTree,
  found: Problem[],
): readonly MapEntry[] | undefined {
  found.push(...problems);
  if (root === undefined) return [];
  return root.kind === "map" ? root.entries : undefined;
}

function blockSection(
  { piece, entries = [] }: Section,
  parse: (piece: Piece) => SyntaxTree,
  problems: Problem[],
): readonly MapEntry[] | undefined {
  const inner: MapEntry[] = [];
  for (const entry of entries) {
    const found = entriesOf(parse(entry), problems);
    if (found === undefined) return undefined;
    inner.push(...found);
  }
  const value = mapOf(once(inner, problems));
  if (value === undefined) return undefined;
  const key = piece.text.slice(0, piece.text.indexOf(":"));
  const { offset, line } = piece.shift;
  const start = { line: line + 1, column: 1, offset };
  const end = { line: line + 1, column: key.length + 1, offset: offset + key.length };
  return [{ key, keyRange: { start, end }, value }];
}

function mapOf(entries: readonly MapEntry[]): MapNode | undefined {
  const [first, last] = [entries[0], entries.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  const range: Range = { start: first.keyRange.start, end: last.value.range.end };
  return { kind: "map", range, entries };
}

/** The first of each key; the others are problems. */
function once(entries: readonly MapEntry[], problems: Problem[]): MapEntry[] {
  const seen = new Set<string>();
  return entries.filter(({ key, keyRange }) => {
    if (!seen.has(key)) return seen.add(key);
    const message = `Cannot read the YAML: the key "${key}" is given twice`;
    problems.push({ severity: "error", file: "recipe", range: keyRange, key: "", message });
    return false;
  });
}

/** Undefined where a line in the first column is no key. */
function cut(text: string): Section[] | undefined {
  const sections: Section[] = [];
  const lines = linesOf(text);
  const heads = lines.filter(({ text: line }) => /^[^\s#]/.test(line));
  if (heads.length === 0 || heads.some(({ text: line }) => !/^[A-Za-z_][\w-]*:(\s|$)/.test(line))) {
    return undefined;
  }
  for (const [index, head] of heads.entries()) {
    const end = heads[index + 1]?.index ?? lines.length;
    const below = lines.slice(head.index + 1, end);
    const piece = pieceOf(text, lines, head.index, end);
    const isBlock =
      /^[\w-]+:\s*(#.*)?$/.test(head.text) && below.some(({ text: line }) => isContent(line));
    const entries = isBlock ? cutEntries(text, lines, { start: head.index + 1, end }) : undefined;
    sections.push({ piece, ...(entries && { entries }) });
  }
  return sections;
}

interface Line {
  readonly index: number;
  readonly offset: number;
  readonly text: string;
}

function linesOf(text: string): Line[] {
  let offset = 0;
  return text.split("\n").map((line, index) => {
    const found = { index, offset, text: line };
    offset += line.length + 1;
    return found;
  });
}

function pieceOf(text: string, lines: readonly Line[], start: number, end: number): Piece {
  const offset = lines[start]!.offset;
  const piece = text.slice(offset, lines[end]?.offset ?? text.length);
  return { text: piece, shift: { offset, line: start } };
}

/** At each line that is indented as the first one; undefined where a line is less so. */
function cutEntries(
  text: string,
  lines: readonly Line[],
  { start, end }: { readonly start: number; readonly end: number },
): Piece[] | undefined {
  const content = lines.slice(start, end).filter(({ text: line }) => isContent(line));
  const indent = indentOf(content[0]!.text);
  if (content.some(({ text: line }) => indentOf(line) < indent)) return undefined;
  const heads = content.filter(
    ({ text: line }) => indentOf(line) === indent && !/^\s*[}\]]/.test(line),
  );
  return heads.map(({ index }, at) => pieceOf(text, lines, index, heads[at + 1]?.index ?? end));
}

function isContent(line: string): boolean {
  return /^\s*[^\s#]/.test(line);
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}
