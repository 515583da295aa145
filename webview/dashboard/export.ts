/** A chart as numbers and as a picture. */
import { kernelQuantities } from "../../server/protocol/kernel-columns";
import type { KernelHistory } from "../charts/block-curves";
import type { CurveKind, PlacedStage } from "../charts/curves";
import { positionAfter } from "../charts/axis";
import type { StageStyle } from "../charts/palette";
import type { PageColors } from "../theme";

/**
 * Every recorded value of the stages shown, not only those drawn: one row a step, and one a validation.
 * Columns: stage, kind, step, place on the x axis, value.
 */
export function curveCsv(kind: CurveKind, xTitle: string, placed: readonly PlacedStage[]): string {
  const lines = [["stage", "kind", "step", xTitle, kind.title].map(csvCell).join(",")];
  for (const each of placed) {
    const { stage, positions } = each;
    const name = csvCell(stage.label);
    const values = kind.values(stage.series);
    for (let i = 0; i < values.length; i++)
      lines.push(`${name},training,${stage.series.step[i]!},${positions[i]!},${values[i]!}`);
    const { heldout } = kind;
    if (heldout === undefined) continue;
    for (const record of stage.heldout) {
      const x = positionAfter(record.step, stage.series, each);
      lines.push(`${name},held-out,${record.step},${x},${record[heldout]}`);
    }
  }
  return `${lines.join("\r\n")}\r\n`;
}

/** Every recorded statistic of a kernel, of the stages that have it: one row a step. What is not recorded is empty. */
export function kernelCsv(kernel: string, histories: readonly KernelHistory[]): string {
  const lines = [["stage", "kernel", "step", ...kernelQuantities].map(csvCell).join(",")];
  for (const { label, columns } of histories) {
    const name = `${csvCell(label)},${csvCell(kernel)}`;
    for (let i = 0; i < columns.step.length; i++) {
      const values = kernelQuantities.map((quantity) => columns[quantity][i]!);
      const cells = values.map((value) => (Number.isNaN(value) ? "" : String(value)));
      lines.push(`${name},${columns.step[i]!},${cells.join(",")}`);
    }
  }
  return `${lines.join("\r\n")}\r\n`;
}

/** Quoted where it must be; what a spreadsheet would take for a formula is made text. */
export function csvCell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export interface Picture {
  readonly title: string;
  readonly legend: readonly { readonly label: string; readonly style: StageStyle }[];
  readonly colors: PageColors;
}

/** The chart as drawn, on its background, with title and legend; PNG. */
export async function chartPicture(
  chart: HTMLCanvasElement,
  { title, legend, colors }: Picture,
): Promise<ArrayBuffer> {
  const scale = chart.width / Math.max(1, chart.clientWidth);
  const line = 20 * scale;
  const picture = document.createElement("canvas");
  picture.width = chart.width;
  picture.height = chart.height + line * (2 + legend.length);
  const context = picture.getContext("2d");
  if (context === null) throw new Error("Cannot draw the picture: the browser gives no canvas");
  context.fillStyle = colors.background;
  context.fillRect(0, 0, picture.width, picture.height);
  context.drawImage(chart, 0, 1.5 * line);
  context.textBaseline = "middle";
  context.fillStyle = colors.text;
  context.font = `600 ${13 * scale}px system-ui, sans-serif`;
  context.fillText(title, 8 * scale, 0.75 * line);
  context.font = `${12 * scale}px system-ui, sans-serif`;
  legend.forEach(({ label, style }, index) => {
    const y = chart.height + line * (2 + index);
    context.strokeStyle = style.color;
    context.lineWidth = 2 * scale;
    context.setLineDash(style.dash.map((length) => length * scale));
    context.beginPath();
    context.moveTo(8 * scale, y);
    context.lineTo(40 * scale, y);
    context.stroke();
    context.fillText(label, 48 * scale, y);
  });
  return pngOf(picture);
}

export async function pngOf(canvas: HTMLCanvasElement): Promise<ArrayBuffer> {
  const blob = await new Promise<Blob | null>((resolve) => {
    canvas.toBlob(resolve, "image/png");
  });
  if (blob === null) throw new Error("Cannot draw the picture: the browser gives no PNG");
  return blob.arrayBuffer();
}
