/** A heat map as a table: its blocks' sizes, then a thinned grid of its values. */
import { exactNumber } from "../charts/format";
import { dataTable, element } from "../dom";
import { t } from "../l10n";
import { cellAt, type Frame } from "./frame";

/** More rows and columns than these would be read by nobody. */
const most = 16;

export function heatMapTable(frame: Frame | undefined): HTMLElement {
  if (frame === undefined) return element("p", { class: "table-frame" }, t("No picture yet"));
  const rows = thinned(frame.rows);
  const columns = thinned(frame.columns);
  const place = (index: number, count: number): number => (index + 0.5) / count;
  const across = columns.map((column) => cellAt(frame, place(column, frame.columns), 0));
  return dataTable(
    t("{0}: means of cells, by first row and column", frame.kernel),
    [
      { title: t("row"), kind: "number" },
      ...across.map(
        ({ kernelColumns }) => ({ title: String(kernelColumns[0]), kind: "number" }) as const,
      ),
    ],
    rows.map((row) => {
      const cells = columns.map((column) =>
        cellAt(frame, place(column, frame.columns), place(row, frame.rows)),
      );
      return [String(cells[0]!.kernelRows[0]), ...cells.map(({ value }) => exactNumber(value))];
    }),
  );
}

function thinned(count: number): number[] {
  const kept = Math.min(count, most);
  return Array.from({ length: kept }, (_, i) => Math.floor((i * count) / kept));
}
