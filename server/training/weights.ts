/** Weights and optimizer state on their way between a checkpoint and an engine. */
import type { TensorSource } from "../checkpoint/tensor-source";
import type { TensorStore } from "../engine/engine";

/**
 * Copies every tensor of the store's out of the source.
 * @throws {RangeError} the source lacks one
 */
export async function fillStore(store: TensorStore, source: TensorSource): Promise<void> {
  for (const name of Object.keys(store.specs)) await store.write(name, await source.read(name));
}

/**
 * A store as what a checkpoint is written from.
 * @throws {RangeError} on reading a tensor that is not finite: no checkpoint may hold one
 */
export function storeSource(store: TensorStore): TensorSource {
  return {
    shapes: new Map(Object.entries(store.specs).map(([name, { shape }]) => [name, shape])),
    read: async (name) => {
      const values = await store.read(name);
      if (!areFinite(values)) {
        throw new RangeError(`Cannot save ${name}: it holds values that are not finite`);
      }
      return values;
    },
  };
}

/** Whether no value is NaN or infinite. */
export function areFinite(values: Float32Array): boolean {
  // A product with zero is zero for finite values and NaN for the others; a sum keeps the NaN.
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! * 0;
  return sum === 0;
}

/** The names of a store's tensors that hold a value which is not finite, in order. */
export async function findNonFinite(store: TensorStore): Promise<string[]> {
  const names: string[] = [];
  for (const name of Object.keys(store.specs)) {
    if (!areFinite(await store.read(name))) names.push(name);
  }
  return names;
}
