/** The outline: sections, and in them what they declare, with what it does in a few words. */
import { SymbolKind } from "vscode-languageserver";
import type { DocumentSymbol } from "vscode-languageserver";
import { plain } from "../recipe/problem";
import type { RecipeDocument } from "./recipe-document";
import { childSpots, rootSpot } from "./schema-walk";
import type { Spot } from "./schema-walk";

const kinds = {
  corpus: SymbolKind.File,
  model: SymbolKind.Class,
  stage: SymbolKind.Function,
} as const;

export function symbols(document: RecipeDocument): DocumentSymbol[] {
  const { root } = document;
  if (root === undefined) return [];
  return childSpots(rootSpot(root)).flatMap((section) => symbolOf(document, section));
}

function symbolOf(document: RecipeDocument, spot: Spot): DocumentSymbol[] {
  const { entry, node, names, type } = spot;
  if (entry === undefined || entry.key === "") return [];
  const end = Math.max(entry.keyRange.end.offset, node.range.end.offset);
  const range = document.range({
    start: entry.keyRange.start,
    end: { ...node.range.end, offset: end },
  });
  const listed = type?.kind === "named" || (type?.kind === "object" && names === undefined);
  return [
    {
      name: plain(entry.key),
      kind: names === undefined ? SymbolKind.Namespace : kinds[names],
      detail: detailOf(spot),
      range,
      selectionRange: document.range(entry.keyRange),
      ...(listed && { children: childSpots(spot).flatMap((child) => symbolOf(document, child)) }),
    },
  ];
}

/** "train small", "fuse a + b". */
function detailOf({ node, names }: Spot): string {
  if (node.kind === "scalar") return plain(node.source);
  const first = node.kind === "map" ? node.entries[0] : undefined;
  if (first === undefined || names === undefined) return "";
  const value =
    first.value.kind === "list"
      ? first.value.items.map((item) => (item.kind === "scalar" ? item.source : "…")).join(" + ")
      : first.value.kind === "scalar"
        ? first.value.source
        : "…";
  return plain(`${first.key} ${value}`).slice(0, 80);
}
