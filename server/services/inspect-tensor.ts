/** One tensor of a .safetensors file for its page: statistics of its values, and a picture of block means. */
import { stat } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { kernelBorders } from "../analysis/kernel-borders";
import { openSafetensors } from "../checkpoint/safetensors";
import { summarise } from "../checkpoint/summary";
import { cellEdges } from "../protocol/heatmap-cells";
import type { TensorInspection, WirePicture } from "../protocol/tensor-requests";
import { type TensorFile, tensorPictureCells, type TensorStatistics } from "../protocol/tensors";

/** @throws {SyntaxError} damaged, incomplete or not a safetensors file */
export async function describeTensorFile(path: string): Promise<TensorFile> {
  const file = await openSafetensors(path);
  await file.close();
  const tensors = [...file.header.tensors.values()];
  return {
    name: basename(path),
    sizeBytes: (await stat(path)).size,
    metadata: Object.fromEntries(file.header.metadata),
    tensors: tensors.map(({ name, dtype, shape, sizeBytes }) => ({
      name,
      dtype,
      shape,
      sizeBytes,
    })),
  };
}

/** @throws {RangeError} there is none of that name, or its dtype cannot be read yet */
export async function inspect(path: string, name: string): Promise<TensorInspection> {
  const file = await openSafetensors(path);
  try {
    const values = await file.read(name);
    const shape = file.shapes.get(name)!;
    const statistics = statisticsOf(values);
    if (values.length === 0 || shape.length === 0) return { statistics };
    const columns = shape.at(-1)!;
    const borders = await bordersOf(path, name);
    const size = [values.length / columns, columns] as const;
    return { statistics, picture: pictureOf(values, size, borders) };
  } finally {
    await file.close();
  }
}

const bins = 64;

/** Two passes: the bins need the range. */
export function statisticsOf(values: Float32Array): TensorStatistics {
  let [min, max, sum, squares, zeros, notFinite] = [Infinity, -Infinity, 0, 0, 0, 0];
  for (const value of values) {
    if (!Number.isFinite(value)) {
      notFinite++;
      continue;
    }
    if (value < min) min = value;
    if (value > max) max = value;
    if (value === 0) zeros++;
    sum += value;
    squares += value * value;
  }
  const count = values.length - notFinite;
  if (count === 0) {
    return {
      ...{ count, min: 0, max: 0, mean: 0, std: 0, norm: 0 },
      zeros,
      notFinite,
      histogram: [],
    };
  }
  const mean = sum / count;
  let apart = 0;
  const histogram = new Array<number>(bins).fill(0);
  const width = (max - min) / bins;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    apart += (value - mean) ** 2;
    const bin = width === 0 ? 0 : Math.min(bins - 1, Math.floor((value - min) / width));
    histogram[bin]!++;
  }
  const std = Math.sqrt(apart / count);
  return { count, min, max, mean, std, norm: Math.sqrt(squares), zeros, notFinite, histogram };
}

interface Borders {
  readonly rows: readonly number[];
  readonly columns: readonly number[];
}

/** Values [rows, columns] → block means of at most `tensorPictureCells` cells along an axis. */
export function pictureOf(
  values: Float32Array,
  [rows, columns]: readonly [number, number],
  borders: Borders,
): WirePicture {
  const rowEdges = cellEdges(rows, borders.rows, tensorPictureCells);
  const columnEdges = cellEdges(columns, borders.columns, tensorPictureCells);
  const means = new Float32Array((rowEdges.length - 1) * (columnEdges.length - 1));
  let cell = 0;
  for (let r = 0; r + 1 < rowEdges.length; r++) {
    for (let c = 0; c + 1 < columnEdges.length; c++) {
      let sum = 0;
      for (let row = rowEdges[r]!; row < rowEdges[r + 1]!; row++) {
        for (let column = columnEdges[c]!; column < columnEdges[c + 1]!; column++) {
          sum += values[row * columns + column]!;
        }
      }
      const height = rowEdges[r + 1]! - rowEdges[r]!;
      means[cell++] = sum / (height * (columnEdges[c + 1]! - columnEdges[c]!));
    }
  }
  return {
    rows: rowEdges.length - 1,
    columns: columnEdges.length - 1,
    shape: [rows, columns],
    rowBorders: borders.rows,
    columnBorders: borders.columns,
    base64: Buffer.from(means.buffer).toString("base64"),
  };
}

/** None where the file is not a checkpoint's weights. */
async function bordersOf(path: string, name: string): Promise<Borders> {
  try {
    const { configuration, lineage } = await summarise(dirname(path));
    return kernelBorders(name, configuration, lineage?.parts);
  } catch {
    return { rows: [], columns: [] };
  }
}
