/** Statistics of one kernel's blocks over the steps, of every stage that has them. */
import type { KernelRecord } from "../../server/protocol/metrics";
import { wholeNumber, shortNumber } from "./format";
import type { ChartFrame, Line } from "./line-chart";
import type { StageStyle } from "./palette";
import { exactNumber } from "./readout";
import type { TableColumn } from "../dom";
import type { PageColors } from "../theme";

/** What is known of a stage's kernels. */
export interface KernelHistory {
  /** Unique among those shown. */
  readonly id: string;
  readonly label: string;
  readonly kernels: readonly KernelRecord[];
}

export interface StyledStage {
  readonly stage: KernelHistory;
  readonly style: StageStyle;
}

type BlockQuantity = "diagonal_norm" | "off_diagonal_norm" | "symmetry";

/** Solid with marks: diagonal blocks; thin: off-diagonal ones. */
export function blockFrame(
  stages: readonly StyledStage[],
  kernel: string,
  colors: PageColors,
): ChartFrame {
  return frame(
    stages.flatMap(({ stage, style }) => [
      ...line({ stage, style }, kernel, "diagonal_norm", {
        role: "heldout",
        label: `${stage.label}, diagonal`,
      }),
      ...line({ stage, style }, kernel, "off_diagonal_norm", {
        role: "training",
        label: `${stage.label}, off-diagonal`,
      }),
    ]),
    "Frobenius norm",
    colors,
  );
}

export function symmetryFrame(
  stages: readonly StyledStage[],
  kernel: string,
  colors: PageColors,
): ChartFrame {
  const lines = stages.flatMap(({ stage, style }) =>
    line({ stage, style }, kernel, "symmetry", { role: "heldout", label: stage.label }),
  );
  return frame(lines, "largest ‖Wᵢᵢ − Wⱼⱼ‖ / ‖W‖", colors);
}

function frame(lines: readonly Line[], yTitle: string, colors: PageColors): ChartFrame {
  return {
    lines,
    marks: [],
    x: { title: "step", kind: "linear", format: wholeNumber },
    y: { title: yTitle, kind: "linear", format: shortNumber, min: 0 },
    colors,
  };
}

function line(
  { stage, style }: StyledStage,
  kernel: string,
  quantity: BlockQuantity,
  look: { readonly role: "heldout" | "training"; readonly label: string },
): Line[] {
  const records = stage.kernels.filter(
    (record) => record.kernel === kernel && record[quantity] !== undefined,
  );
  if (records.length === 0) return [];
  return [
    {
      id: `${stage.id}/${quantity}`,
      ...look,
      style,
      x: records.map(({ step }) => step),
      y: records.map((record) => record[quantity]!),
    },
  ];
}

/** Columns and rows of the table with all statistics of the kernel. */
export function blockRows(
  stages: readonly KernelHistory[],
  kernel: string,
): [readonly TableColumn[], string[][]] {
  const numbers = [
    "mean",
    "std",
    "max_abs",
    "diagonal_norm",
    "off_diagonal_norm",
    "symmetry",
  ] as const;
  const titles = ["step", "mean", "deviation", "largest", "diagonal", "off-diagonal", "symmetry"];
  const rows = stages.flatMap((stage) =>
    stage.kernels
      .filter((record) => record.kernel === kernel)
      .map((record) => [
        stage.label,
        wholeNumber(record.step),
        ...numbers.map((name) => shown(record, name)),
      ]),
  );
  const columns: TableColumn[] = [
    { title: "stage", kind: "text" },
    ...titles.map((title) => ({ title, kind: "number" }) as const),
  ];
  return [columns, rows];
}

function shown(record: KernelRecord, name: "mean" | "std" | "max_abs" | BlockQuantity): string {
  const value = record[name];
  return value === undefined ? "" : exactNumber(value);
}
