/** Even indentation and spacing; comments, order, words and columns that were lined up stay. What does not parse is left alone. */
import { isDeepStrictEqual } from "node:util";
import { parseDocument, visit } from "yaml";
import type { TextEdit } from "vscode-languageserver";
import { keepAlignment } from "./alignment";
import type { RecipeDocument } from "./recipe-document";

/** One edit for all that changes; none where the text is as it should be, or cannot be read. */
export function format(document: RecipeDocument): TextEdit[] {
  const text = document.text.getText();
  const formatted = formatText(text);
  if (formatted === undefined || formatted === text) return [];
  return [difference(document, text, formatted)];
}

/** Undefined too where the library would lay its own layout out anew: a key that is nothing but "?", say. */
export function formatText(text: string): string | undefined {
  const formatted = laidOut(text);
  return formatted !== undefined && laidOut(formatted) === formatted ? formatted : undefined;
}

function laidOut(text: string): string | undefined {
  try {
    const before = parseDocument(text, { uniqueKeys: false });
    if (before.errors.length > 0 || before.contents === null) return undefined;
    const even = tightLists(
      before.toString({ lineWidth: 0, indent: 2, flowCollectionPadding: true }),
    );
    const formatted = keepAlignment(text, even);
    const after = parseDocument(formatted, { uniqueKeys: false });
    const plain = { maxAliasCount: 100, mapAsMap: true };
    const same = isDeepStrictEqual(before.toJS(plain), after.toJS(plain));
    return same ? withLineEnds(text, formatted) : undefined;
  } catch {
    // The YAML library gives up on alias bombs and depth by throwing; such text has no format.
    return undefined;
  }
}

/** `{ a: [b, c] }`: maps have room inside their braces, lists have none. */
function tightLists(text: string): string {
  const rooms: number[] = [];
  visit(parseDocument(text, { uniqueKeys: false }), {
    Seq: (_, { flow, range }) => {
      if (flow !== true || !range) return;
      const [start, end] = range;
      if (text.startsWith("[ ", start)) rooms.push(start + 1);
      if (text.endsWith(" ]", end) && text.slice(start, end) !== "[ ]") rooms.push(end - 2);
    },
  });
  const isRoom = new Set(rooms);
  return text
    .split("")
    .filter((_, at) => !isRoom.has(at))
    .join("");
}

function withLineEnds(like: string, text: string): string {
  return like.includes("\r\n") ? text.replaceAll(/\r?\n/g, "\r\n") : text;
}

/** From the first character that differs to the last, so that cursors and markers elsewhere stay. */
function difference(document: RecipeDocument, before: string, after: string): TextEdit {
  let start = 0;
  while (start < before.length && before[start] === after[start]) start++;
  let tail = 0;
  const most = Math.min(before.length, after.length) - start;
  while (tail < most && before.at(-1 - tail) === after.at(-1 - tail)) tail++;
  return {
    range: {
      start: document.text.positionAt(start),
      end: document.text.positionAt(before.length - tail),
    },
    newText: after.slice(start, after.length - tail),
  };
}
