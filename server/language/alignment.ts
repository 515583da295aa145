/**
 * Columns that the user has lined up, kept through formatting: values of neighbouring keys that began at one column, and
 * comments behind neighbouring entries. They are moved together, as far left as the longest of them lets them.
 */
import { isMap, isNode, LineCounter, type Node, parseDocument, visit, type YAMLMap } from "yaml";

interface Entry {
  readonly key: Node;
  readonly value: Node;
}

/** Something of an entry that may stand in a column: where it was, and where it is. */
interface Cell {
  /** In the text as it was. */
  readonly line: number;
  readonly column: number;
  /** Spaces before it. */
  readonly room: number;
  /** In the formatted text: where it begins, and the end of what stands before it. */
  readonly at: number;
  readonly behind: number;
}

type CellOf = (was: Entry, is: Entry, texts: Texts) => Cell | undefined;

interface Parsed {
  readonly text: string;
  readonly maps: readonly YAMLMap[];
  readonly lines: LineCounter;
}

interface Texts {
  readonly was: Parsed;
  readonly is: Parsed;
}

/** @param formatted the same document, evened out */
export function keepAlignment(original: string, formatted: string): string {
  const was = parse(original);
  const values = realigned({ was, is: parse(formatted) }, valueCell);
  return realigned({ was, is: parse(values) }, commentCell);
}

function realigned(texts: Texts, cellOf: CellOf): string {
  const { was, is } = texts;
  if (was.maps.length !== is.maps.length) return is.text;
  const room = new Map<number, number>();
  was.maps.forEach((map, index) => {
    const cells = pairs(map, is.maps[index]!).map(([old, now]) => cellOf(old, now, texts));
    for (const group of columns(cells)) spread(group, is, room);
  });
  return withRoom(is.text, room);
}

/** With its block maps, in the order of the text. */
function parse(text: string): Parsed {
  const lines = new LineCounter();
  const maps: YAMLMap[] = [];
  visit(parseDocument(text, { uniqueKeys: false, lineCounter: lines }), {
    Map: (_, map) => {
      if (map.flow !== true) maps.push(map);
    },
  });
  return { text, maps, lines };
}

function pairs(was: YAMLMap, is: YAMLMap): (readonly [Entry, Entry])[] {
  if (was.items.length !== is.items.length) return [];
  return was.items.flatMap((item, index) => {
    const [old, now] = [entryOf(item), entryOf(is.items[index]!)];
    return old === undefined || now === undefined ? [] : [[old, now] as const];
  });
}

/** Undefined where there is no value, or one that begins on a line of its own. */
function entryOf({ key, value }: YAMLMap["items"][number]): Entry | undefined {
  if (!isNode(key) || !isNode(value) || !key.range || !value.range) return undefined;
  return isMap(value) && value.flow !== true ? undefined : { key, value };
}

function valueCell(was: Entry, is: Entry, texts: Texts): Cell | undefined {
  const [start, at] = [was.value.range![0], is.value.range![0]];
  const [before, behind] = [was.key.range![1], is.key.range![1]];
  const gap = /^:( +)$/.exec(texts.was.text.slice(before, start));
  if (gap === null || texts.is.text.slice(behind, at) !== ": ") return undefined;
  return { ...placeOf(texts.was, start), room: gap[1]!.length, at, behind: behind + 1 };
}

function commentCell(was: Entry, is: Entry, texts: Texts): Cell | undefined {
  const [before, behind] = [was.value.range![1], is.value.range![1]];
  const gap = /^( +)#/.exec(texts.was.text.slice(before, before + longestRoom));
  const now = /^( +)#/.exec(texts.is.text.slice(behind, behind + longestRoom));
  if (gap === null || now === null) return undefined;
  const room = gap[1]!.length;
  return { ...placeOf(texts.was, before + room), room, at: behind + now[1]!.length, behind };
}

const longestRoom = 1000;

function placeOf({ lines }: Parsed, offset: number): Pick<Cell, "line" | "column"> {
  const { line, col } = lines.linePos(offset);
  return { line, column: col - 1 };
}

/** Runs of two and more on neighbouring lines in one column, of which one was moved there. */
function columns(cells: readonly (Cell | undefined)[]): Cell[][] {
  const groups: Cell[][] = [];
  let last: Cell | undefined;
  for (const cell of cells) {
    const joins = cell !== undefined && last?.column === cell.column && last.line + 1 === cell.line;
    if (cell !== undefined) {
      if (joins) groups.at(-1)!.push(cell);
      else groups.push([cell]);
    }
    last = cell;
  }
  return groups.filter((group) => group.length > 1 && group.some(({ room }) => room > 1));
}

/** Room before each, so that all begin behind the one that reaches farthest. */
function spread(group: readonly Cell[], text: Parsed, room: Map<number, number>): void {
  const ends = group.map(({ behind }) => placeOf(text, behind).column);
  const column = Math.max(...ends) + 1;
  group.forEach(({ at, behind }, index) => {
    room.set(at, column - ends[index]! - (at - behind));
  });
}

function withRoom(text: string, room: ReadonlyMap<number, number>): string {
  let spaced = "";
  let from = 0;
  for (const [at, spaces] of [...room].sort(([one], [other]) => one - other)) {
    spaced += text.slice(from, at) + " ".repeat(Math.max(0, spaces));
    from = at;
  }
  return spaced + text.slice(from);
}
