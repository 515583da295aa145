/**
 * The part of a recipe that decides what may stand at the cursor: the other sections' heads and the cursor's own
 * entry. A long recipe is answered as quickly as a short one, and what is broken elsewhere does not matter.
 */

export interface Block {
  readonly text: string;
  /** The cursor's offset in it. */
  readonly offset: number;
}

/** Shorter texts are taken whole. */
const short = 4096;

export function enclosingBlock(text: string, offset: number): Block {
  if (text.length <= short) return { text, offset };
  const lines = text.split("\n");
  const cursor = countLines(text, offset);
  const column = offset - (text.lastIndexOf("\n", offset - 1) + 1);
  const head = lineAbove(lines, cursor + 1, isSection) ?? 0;
  const end = lineBelow(lines, cursor, isSection) ?? lines.length;
  const indent = indentOf(lines.slice(head + 1, end).find(isContent) ?? "");
  const isEntry = (line: string) =>
    isContent(line) && indentOf(line) === indent && !/^\s*[}\]]/.test(line);
  const first = cursor === head ? head + 1 : (lineAbove(lines, cursor + 1, isEntry) ?? head + 1);
  const last = Math.min(end, lineBelow(lines, cursor, isEntry) ?? end);

  const kept = [
    ...lines.slice(0, head).map(blankUnlessHead),
    lines[head]!,
    ...lines.slice(head + 1, Math.max(first, head + 1)).map(() => ""),
    ...lines.slice(Math.max(first, head + 1), last),
    ...lines.slice(last).map(blankUnlessHead),
  ];
  const shown = kept
    .map((line, index) => ({ line, index }))
    .filter(({ line, index }) => line !== "" || index === cursor);
  const before = shown.filter(({ index }) => index < cursor);
  const start = before.reduce((sum, { line }) => sum + line.length + 1, 0);
  return { text: shown.map(({ line }) => line).join("\n"), offset: start + column };
}

function isSection(line: string): boolean {
  return /^[\w"']/.test(line);
}

function isContent(line: string): boolean {
  return /^\s*[^\s#]/.test(line);
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}

/** Of other sections only the names matter: their keys are taken. */
function blankUnlessHead(line: string): string {
  return /^(\w+):/.exec(line)?.[0] ?? "";
}

/** The nearest such line above `from`. */
function lineAbove(
  lines: readonly string[],
  from: number,
  is: (line: string) => boolean,
): number | undefined {
  for (let line = from - 1; line >= 0; line--) if (is(lines[line]!)) return line;
  return undefined;
}

/** The nearest such line below `from`. */
function lineBelow(
  lines: readonly string[],
  from: number,
  is: (line: string) => boolean,
): number | undefined {
  for (let line = from + 1; line < lines.length; line++) if (is(lines[line]!)) return line;
  return undefined;
}

function countLines(text: string, offset: number): number {
  let count = 0;
  for (let at = text.indexOf("\n"); at >= 0 && at < offset; at = text.indexOf("\n", at + 1))
    count++;
  return count;
}
