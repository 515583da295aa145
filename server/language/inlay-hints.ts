/** Behind models: parameters and size. Behind stages: tokens, FLOPs and the time they take on this machine. */
import { InlayHintKind } from "vscode-languageserver";
import type { InlayHint, Range } from "vscode-languageserver";
import type { RecipeFacts } from "./facts";
import type { RecipeDocument } from "./recipe-document";
import { StageFacts } from "./stage-facts";

export function inlayHints(
  document: RecipeDocument,
  range: Range,
  facts: RecipeFacts,
): InlayHint[] {
  const [from, to] = [document.offset(range.start), document.offset(range.end)];
  const shown = document.names.declarations.filter(
    ({ entry }) => entry.keyRange.start.offset <= to && from <= entry.value.range.end.offset,
  );
  if (shown.length === 0) return [];
  const sizes = new StageFacts(document.draft, facts);
  return shown.flatMap(({ kind, name, entry }) => {
    const label =
      kind === "model" ? sizes.model(name) : kind === "stage" ? sizes.stage(name) : undefined;
    if (label === undefined) return [];
    const position = document.text.positionAt(endOfHead(document, entry));
    return [{ position, label, kind: InlayHintKind.Type, paddingLeft: true }];
  });
}

/** Behind a value on the key's line; behind the key where the value is a block below. */
function endOfHead(
  document: RecipeDocument,
  entry: { keyRange: { end: { offset: number; line: number } }; value: RangeOwner },
): number {
  const { keyRange, value } = entry;
  const text = document.text.getText();
  if (text[value.range.start.offset] === "{" && value.range.end.line === keyRange.end.line) {
    return value.range.end.offset;
  }
  const colon = text.indexOf(":", keyRange.end.offset);
  return colon < 0 ? keyRange.end.offset : colon + 1;
}

interface RangeOwner {
  readonly range: { start: { offset: number }; end: { offset: number; line: number } };
}
