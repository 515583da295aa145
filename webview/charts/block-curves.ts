/** Statistics of one kernel's blocks over the steps, of every stage that has them. */
import {
  kernelColumns,
  kernelQuantities,
  type KernelColumns,
  type KernelQuantity,
  type KernelTable,
} from "../../server/protocol/kernel-columns";
import { mapColumns } from "../../server/protocol/columns";
import type { TableColumn } from "../dom";
import { t } from "../l10n";
import type { PageColors } from "../theme";
import { axes } from "./axis";
import { exactNumber, shortNumber, wholeNumber } from "./format";
import type { ChartFrame, Line } from "./chart-frame";
import { stageStyle, type StageStyle, type Theme } from "./palette";

/** What is known of one kernel of a stage. */
export interface KernelHistory {
  /** Unique among those shown. */
  readonly id: string;
  readonly label: string;
  readonly style: StageStyle;
  /** Of this kernel alone, in the order of their steps. */
  readonly columns: KernelColumns;
}

interface StageKernels {
  readonly id: string;
  readonly label: string;
  readonly index: number;
  readonly kernels: KernelTable;
}

/** Rows of a stage in the table: more would be read by nobody. */
const mostRows = 48;

/** Of the stages that have recorded the kernel. */
export function kernelHistories(
  stages: readonly StageKernels[],
  kernel: string,
  theme: Theme,
): KernelHistory[] {
  return stages.flatMap(({ id, label, index, kernels }) => {
    const columns = rowsOf(kernels, kernel);
    return columns.step.length === 0
      ? []
      : [{ id, label, style: stageStyle(index, theme), columns }];
  });
}

/** Solid with marks: diagonal blocks; thin: off-diagonal ones. */
export function blockFrame(histories: readonly KernelHistory[], colors: PageColors): ChartFrame {
  const lines = histories.flatMap((history) => [
    ...line(history, "diagonal_norm", {
      role: "heldout",
      label: t("{0}, diagonal", history.label),
    }),
    ...line(history, "off_diagonal_norm", {
      role: "training",
      label: t("{0}, off-diagonal", history.label),
    }),
  ]);
  return frame(
    { lines, histories, emptiness: t("This kernel has one part, and so no blocks") },
    t("Frobenius norm"),
    colors,
  );
}

export function symmetryFrame(histories: readonly KernelHistory[], colors: PageColors): ChartFrame {
  const lines = histories.flatMap((history) =>
    line(history, "symmetry", { role: "heldout", label: history.label }),
  );
  const emptiness = t("This kernel has no two parts of the same size");
  return frame({ lines, histories, emptiness }, t("largest ‖Wᵢᵢ − Wⱼⱼ‖ / ‖W‖"), colors);
}

interface BlockLines {
  readonly lines: readonly Line[];
  readonly histories: readonly KernelHistory[];
  /** Why there is no line of a kernel that is recorded. */
  readonly emptiness: string;
}

function frame(
  { lines, histories, emptiness }: BlockLines,
  yTitle: string,
  colors: PageColors,
): ChartFrame {
  return {
    lines,
    ...(histories.length > 0 && { emptiness }),
    marks: [],
    x: { ...axes.step, kind: "linear" },
    y: { title: yTitle, kind: "linear", format: shortNumber, reading: exactNumber, min: 0 },
    colors,
  };
}

function line(
  { id, style, columns }: KernelHistory,
  quantity: KernelQuantity,
  look: { readonly role: "heldout" | "training"; readonly label: string },
): Line[] {
  const y = columns[quantity];
  if (y.every((value) => Number.isNaN(value))) return [];
  return [{ id: `${id}/${quantity}`, ...look, style, x: columns.step, y }];
}

function rowsOf({ names, columns }: KernelTable, kernel: string): KernelColumns {
  const wanted = names.indexOf(kernel);
  const { kernel: kernels } = columns;
  const rows: number[] = [];
  for (let row = 0; row < kernels.length; row++) if (kernels[row] === wanted) rows.push(row);
  return mapColumns(kernelColumns, (name) => Float64Array.from(rows, (row) => columns[name][row]!));
}

const titles: Readonly<Record<KernelQuantity, string>> = {
  mean: t("mean"),
  std: t("deviation"),
  max_abs: t("largest"),
  diagonal_norm: t("diagonal"),
  off_diagonal_norm: t("off-diagonal"),
  symmetry: t("symmetry"),
};

/** Columns and rows of the table with all statistics of the kernel, of each stage at even distances. */
export function blockRows(
  histories: readonly KernelHistory[],
): [readonly TableColumn[], string[][]] {
  const rows = histories.flatMap(({ label, columns }) =>
    evenly(columns.step.length).map((row) => [
      label,
      wholeNumber(columns.step[row]!),
      ...kernelQuantities.map((name) => shown(columns[name][row]!)),
    ]),
  );
  const head: TableColumn[] = [
    { title: t("stage"), kind: "text" },
    ...[t("step"), ...kernelQuantities.map((name) => titles[name])].map(
      (title) => ({ title, kind: "number" }) as const,
    ),
  ];
  return [head, rows];
}

function evenly(count: number): number[] {
  const kept = Math.min(count, mostRows);
  return Array.from({ length: kept }, (_, i) =>
    Math.round((i * (count - 1)) / Math.max(1, kept - 1)),
  );
}

function shown(value: number): string {
  return Number.isNaN(value) ? "" : exactNumber(value);
}
