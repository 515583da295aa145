/** One tensor of a .safetensors file for its page: statistics of its values, and a picture of block means. */
import { dirname } from "node:path";
import { kernelBorders } from "../../analysis/kernel-borders";
import { openSafetensors } from "../../checkpoint/safetensors";
import { summarise } from "../../checkpoint/summary";
import { sizeOf } from "../../checkpoint/tensor-source";
import type { TensorInspection } from "../../protocol/tensor-requests";
import { tensorPieces } from "./pieces";
import { type Borders, PictureSums } from "./picture";
import { RangeSums, SpreadSums } from "./statistics";

/** Reads that tensor alone, twice, in bounded memory. @throws {RangeError} there is none of that name */
export async function inspect(
  path: string,
  name: string,
  signal: AbortSignal,
): Promise<TensorInspection> {
  const file = await openSafetensors(path);
  try {
    const place = file.place(name);
    const shape = file.shapes.get(name)!;
    const count = sizeOf(shape);
    const picture = await pictureFor(path, name, shape);
    const range = new RangeSums();
    for await (const piece of tensorPieces(place, count, signal)) {
      range.add(piece.values);
      picture?.add(piece);
    }
    const spread = new SpreadSums(range.range);
    for await (const { values } of tensorPieces(place, count, signal)) spread.add(values);
    return { statistics: spread.statistics, ...(picture && { picture: picture.picture }) };
  } finally {
    await file.close();
  }
}

/** None of a scalar and an empty tensor; axes before the last are joined. */
async function pictureFor(
  path: string,
  name: string,
  shape: readonly number[],
): Promise<PictureSums | undefined> {
  const count = sizeOf(shape);
  const columns = shape.at(-1);
  if (columns === undefined || count === 0) return undefined;
  return new PictureSums([count / columns, columns], await bordersOf(path, name));
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
