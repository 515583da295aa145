/** What stands, or could stand, at the cursor: found by putting a word there that stands nowhere else. */
import { parseSyntax } from "../recipe/syntax";
import type { MapNode } from "../recipe/syntax";
import { enclosingBlock } from "./enclosing-block";
import { childSpots, rootSpot } from "./schema-walk";
import type { Spot } from "./schema-walk";

export interface Cursor {
  /** The word at the cursor: offsets in the whole text. */
  readonly start: number;
  readonly end: number;
  readonly word: string;
  readonly role: "key" | "value";
  /** For a key: the map that it is in. For a value: the value itself. */
  readonly spot: Spot;
  /** The map around a key. */
  readonly map: MapNode | undefined;
  /** The list around a value. */
  readonly list: Spot | undefined;
  /** From the root down to `spot`. */
  readonly trail: readonly Spot[];
  /** Whether a colon follows the word. */
  readonly hasColon: boolean;
  /** Whether something stands on the line before the word: a value beside its key, or a flow collection. */
  readonly isInline: boolean;
}

/** Upper-case and odd: no recipe has it. */
const marker = "ZZcursorZZ";
const wordCharacter = /[\w./~+*-]/;

export function cursorAt(text: string, offset: number): Cursor | undefined {
  let start = offset;
  while (start > 0 && wordCharacter.test(text[start - 1]!)) start--;
  let end = offset;
  while (end < text.length && wordCharacter.test(text[end]!)) end++;
  const block = enclosingBlock(text, start);
  const after = block.offset + (end - start);
  const space = text[start - 1] === ":" ? " " : "";
  const marked = block.text.slice(0, block.offset) + space + marker + block.text.slice(after);
  const root = parseSyntax(marked, "recipe").root;
  if (root === undefined) return undefined;

  const lineStart = text.lastIndexOf("\n", start - 1) + 1;
  const word = {
    start,
    end,
    word: text.slice(start, offset),
    hasColon: /^\s*:(\s|$)/.test(text.slice(end, end + 20)),
    isInline: text.slice(lineStart, start).replace(/^\s*-/, "").trim() !== "",
  };
  const found = find(rootSpot(root), []);
  return found === undefined ? undefined : { ...word, ...found };
}

type Found = Pick<Cursor, "role" | "spot" | "map" | "list" | "trail">;

function find(spot: Spot, above: readonly Spot[]): Found | undefined {
  const trail = [...above, spot];
  const { node } = spot;
  if (node.kind === "scalar") {
    if (node.value !== marker) return undefined;
    const outer = above.at(-1);
    const list = outer?.node.kind === "list" ? outer : undefined;
    return { role: "value", spot, map: undefined, list, trail };
  }
  if (node.kind === "map" && node.entries.some(({ key }) => key === marker)) {
    return { role: "key", spot, map: node, list: undefined, trail };
  }
  for (const inner of childSpots(spot)) {
    const found = find(inner, trail);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Without the marker: the keys that are given already. */
export function givenKeys(map: MapNode | undefined): readonly string[] {
  return map?.entries.map(({ key }) => key).filter((key) => key !== marker) ?? [];
}
