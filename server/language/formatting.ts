/** Even indentation and spacing; comments, order and words stay. What does not parse is left alone. */
import { isDeepStrictEqual } from "node:util";
import { parseDocument } from "yaml";
import type { TextEdit } from "vscode-languageserver";
import type { RecipeDocument } from "./recipe-document";

/** One edit for all that changes; none where the text is as it should be, or cannot be read. */
export function format(document: RecipeDocument): TextEdit[] {
  const text = document.text.getText();
  const formatted = formatText(text);
  if (formatted === undefined || formatted === text) return [];
  return [difference(document, text, formatted)];
}

export function formatText(text: string): string | undefined {
  try {
    const before = parseDocument(text, { uniqueKeys: false });
    if (before.errors.length > 0 || before.contents === null) return undefined;
    const formatted = before.toString({ lineWidth: 0, indent: 2, flowCollectionPadding: true });
    const after = parseDocument(formatted, { uniqueKeys: false });
    const same = isDeepStrictEqual(before.toJS({ maxAliasCount: 100 }), after.toJS());
    return same ? withLineEnds(text, formatted) : undefined;
  } catch {
    // The YAML library gives up on alias bombs and depth by throwing; such text has no format.
    return undefined;
  }
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
