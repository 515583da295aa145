/**
 * Whole numbers and truths that lie beside a model's weights: no T5 computes with them, but whoever put them there may,
 * so that they are carried along.
 */
import { readRange } from "./read-range";
import { findDtype } from "./dtypes";
import type { StoredTensors } from "./stored-tensors";
import { sizeOf } from "./tensor-source";

export interface CarriedTensor {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  /** As they are stored. @throws {RangeError} they are elsewhere; @throws {SyntaxError} the file has become shorter */
  read(): Promise<Uint8Array<ArrayBuffer>>;
}

/** They are held in memory while they are copied; more is no company of weights. */
const mostBytes = 16 * 2 ** 20;

/**
 * Those of a file that are none of `weights`.
 * @returns none where they are too large: then they are tensors that should not be there
 */
export function carriedTensors(
  file: StoredTensors,
  weights: { has(name: string): boolean },
): readonly CarriedTensor[] {
  const entries = [...file.tensors.values()].filter(
    ({ name, dtype }) => !weights.has(name) && findDtype(dtype)?.isWhole === true,
  );
  const sizeBytes = entries.reduce((sum, entry) => sum + entry.sizeBytes, 0);
  if (sizeBytes > mostBytes) return [];
  return entries.map(({ name, dtype, shape }) => ({
    ...{ name, dtype, shape },
    read: () => Promise.resolve().then(() => readRange(file.place(name))),
  }));
}

/** The parts of a name's description that must agree for it to be the same tensor. */
function headingOf({ name, dtype, shape }: CarriedTensor): string {
  return JSON.stringify([name, dtype, shape]);
}

/** By name, those that are not in all of `lists` with the same dtype and shape. */
export function unshared(lists: readonly (readonly CarriedTensor[])[]): readonly string[] {
  const headings = lists.map((list) => new Set(list.map(headingOf)));
  const odd = lists.flat().filter((one) => !headings.every((set) => set.has(headingOf(one))));
  return [...new Set(odd.map(({ name }) => name))];
}

/** Those that all of `lists` have, with the same values. */
export async function shared(
  lists: readonly (readonly CarriedTensor[])[],
): Promise<readonly CarriedTensor[]> {
  const odd = new Set(unshared(lists));
  const kept: CarriedTensor[] = [];
  for (const tensor of lists[0] ?? []) {
    if (odd.has(tensor.name)) continue;
    const bytes = await tensor.read();
    let same = true;
    for (const list of lists.slice(1)) {
      const other = list.find(({ name }) => name === tensor.name)!;
      same &&= Buffer.compare(bytes, await other.read()) === 0;
    }
    if (same) kept.push(tensor);
  }
  return kept;
}

export function carriedBytes(carried: readonly CarriedTensor[]): number {
  return carried.reduce((sum, { dtype, shape }) => {
    return sum + sizeOf(shape) * findDtype(dtype)!.bytes;
  }, 0);
}
