/** Pieces of Markdown. Names are shown as code, so that none is markup. */
import { plain } from "../views/nodes";

/** Between as many backticks as it takes; a bar would end a table's cell. */
export function code(text: string): string {
  const shown = plain(text).replaceAll("|", "\u2758");
  const longest = Math.max(0, ...[...shown.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return longest === 0 ? `${fence}${shown}${fence}` : `${fence} ${shown} ${fence}`;
}

export interface MarkdownColumn {
  readonly title: string;
  /** "number": right-aligned figures. */
  readonly kind: "text" | "number";
}

/** Lines, the empty one that ends it included. Cells hold no bars: names go through code(). */
export function markdownTable(
  columns: readonly MarkdownColumn[],
  rows: readonly (readonly string[])[],
): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [
    line(columns.map(({ title }) => title)),
    line(columns.map(({ kind }) => (kind === "number" ? "---:" : "---"))),
    ...rows.map(line),
    "",
  ];
}
