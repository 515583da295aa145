/** Numbers drawn from a counter-based stream: value i depends on the key and i alone. */
import { type Key, threefry } from "./threefry";

/**
 * Standard normals (Box-Muller) times `std`, value by value: values[j] is number `start + j` of the stream.
 * @throws {RangeError} `start` is negative or not an integer
 */
export function fillNormal(values: Float32Array, key: Key, std: number, start = 0): void {
  if (!Number.isSafeInteger(start) || start < 0) {
    throw new RangeError(`Cannot draw normals: start must be a whole number from 0, got ${start}`);
  }
  const words = new Uint32Array(2);
  for (let j = 0; j < values.length;) {
    const index = start + j;
    threefry(key, Math.floor(index / 2), words);
    const radius = std * Math.sqrt(-2 * Math.log((words[0]! + 1) / 2 ** 32));
    const angle = (2 * Math.PI * words[1]!) / 2 ** 32;
    if (index % 2 === 0) values[j++] = radius * Math.cos(angle);
    if (j < values.length) values[j++] = radius * Math.sin(angle);
  }
}

/** Number `index` of the stream, uniform in [0, 1), with 53 random bits. */
export function uniform(key: Key, index: number): number {
  const words = new Uint32Array(2);
  threefry(key, index, words);
  return ((words[0]! >>> 5) * 2 ** 26 + (words[1]! >>> 6)) / 2 ** 53;
}

/** A uniformly drawn order of 0 .. length-1 (Fisher-Yates). */
export function permutation(key: Key, length: number): Uint32Array {
  const order = Uint32Array.from({ length }, (_, i) => i);
  for (let i = length - 1; i > 0; i--) {
    const j = Math.floor(uniform(key, i) * (i + 1));
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}
