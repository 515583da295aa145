/** A heat map as numbers and as a picture. */
import { shortNumber } from "../charts/format";
import { cssColor, divergingScale } from "../heatmap/colors";
import { aspectOf, borderFractions, coveredIndices, type Frame } from "../heatmap/frame";
import type { DrawnMap } from "../heatmap/heatmap-view";
import { csvCell, pngOf } from "./export";

/** One row a cell: the kernel's rows and columns that it stands for, ends included, and the mean of their values. */
export function mapCsv(frame: Frame): string {
  const head = "kernel,step,first_row,last_row,first_column,last_column,mean";
  const { rows, columns } = coveredIndices(frame);
  const name = `${csvCell(frame.kernel)},${frame.step}`;
  const lines = rows.flatMap(([firstRow, lastRow], row) =>
    columns.map(([firstColumn, lastColumn], column) => {
      const value = frame.values[row * frame.columns + column]!;
      return `${name},${firstRow},${lastRow},${firstColumn},${lastColumn},${value}`;
    }),
  );
  return `${[head, ...lines].join("\r\n")}\r\n`;
}

/** Pixels. */
const size = { width: 1024, margin: 16, line: 36, bar: { width: 320, height: 16 } } as const;

/** As on the screen: title, kernel, cells, borders of the parts, colour scale; PNG. */
export async function mapPicture(map: DrawnMap): Promise<ArrayBuffer> {
  const { title, frame, colors, cells } = map;
  const height = Math.round(size.width / aspectOf(frame));
  const picture = document.createElement("canvas");
  picture.width = size.width + 2 * size.margin;
  picture.height = height + 3 * size.line + 2 * size.margin;
  const context = picture.getContext("2d");
  if (context === null) throw new Error("Cannot draw the picture: the browser gives no canvas");
  context.fillStyle = colors.background;
  context.fillRect(0, 0, picture.width, picture.height);
  context.translate(size.margin, size.margin);
  context.textBaseline = "middle";
  context.fillStyle = colors.text;
  context.font = "600 22px system-ui, sans-serif";
  context.fillText(title, 0, size.line / 2);
  context.font = "20px system-ui, sans-serif";
  context.fillText(`${frame.kernel}, ${frame.shape.join(" × ")}`, 0, 1.5 * size.line, size.width);
  context.translate(0, 2 * size.line);
  context.imageSmoothingEnabled = false;
  context.drawImage(cells, 0, 0, size.width, height);
  drawBorders(context, frame, height);
  context.translate(0, height + size.line / 2);
  drawScale(context, map);
  return pngOf(picture);
}

function drawBorders(context: CanvasRenderingContext2D, frame: Frame, height: number): void {
  const { rows, columns } = borderFractions(frame);
  for (const row of rows) context.fillRect(0, row * height - 1, size.width, 2);
  for (const column of columns) context.fillRect(column * size.width - 1, 0, 2, height);
}

function drawScale(context: CanvasRenderingContext2D, { limit, colors }: DrawnMap): void {
  const scale = divergingScale(colors.theme);
  const low = shortNumber(-limit);
  const left = context.measureText(low).width + 10;
  context.fillText(low, 0, 0);
  for (let x = 0; x < size.bar.width; x++) {
    context.fillStyle = cssColor(
      scale[Math.round((x / (size.bar.width - 1)) * (scale.length - 1))]!,
    );
    context.fillRect(left + x, -size.bar.height / 2, 1, size.bar.height);
  }
  context.fillStyle = colors.text;
  context.fillText(shortNumber(limit), left + size.bar.width + 10, 0);
}
