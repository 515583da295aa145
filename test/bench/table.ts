import type { BenchResult } from "./result";

/** The results as aligned columns, numbers right-aligned, with three or four figures. */
export function benchTable(results: readonly BenchResult[]): string {
  const rows = [
    ["name", "value", "unit", "reference", "ratio"],
    ...results.map(({ name, value, unit, reference, ratio }) => [
      name,
      figures(value),
      unit,
      reference === null ? "" : figures(reference),
      ratio === null ? "" : ratio.toFixed(2),
    ]),
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) => row.map((cell, column) => aligned(cell, column)).join("  ")).join("\n");

  function aligned(cell: string, column: number): string {
    const isText = column === 0 || column === 2;
    return isText ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!);
  }
}

function figures(value: number): string {
  return Math.abs(value) >= 1000 ? value.toFixed(0) : Number(value.toPrecision(4)).toString();
}
