/** A table in plain text. */

export interface Column {
  readonly title: string;
  readonly align: "left" | "right";
}

/** Lines without trailing spaces; columns are two spaces apart. */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): readonly string[] {
  const cells = [columns.map(({ title }) => title), ...rows];
  const widths = columns.map((_, column) =>
    Math.max(...cells.map((row) => row[column]?.length ?? 0)),
  );
  return cells.map((row) =>
    columns
      .map(({ align }, column) => {
        const cell = row[column] ?? "";
        return align === "left" ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!);
      })
      .join("  ")
      .trimEnd(),
  );
}
