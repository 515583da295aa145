/** Numbers drawn from a counter-based stream: value i depends on the key and i alone. */
import { type NormalKernel, normalKernel, pieceValues } from "./normal-kernel";
import { type Key, threefry } from "./threefry";

/** Code and its scratch memory, compiled with the first draw: what it holds between two calls means nothing. */
let kernel: NormalKernel | undefined;

/**
 * Standard normals times `std`, value by value: values[j] is number `start + j` of the stream.
 * @throws {RangeError} `start` is negative or not an integer
 */
export function fillNormal(values: Float32Array, key: Key, std: number, start = 0): void {
  if (!Number.isSafeInteger(start) || start < 0) {
    throw new RangeError(`Cannot draw normals: start must be a whole number from 0, got ${start}`);
  }
  kernel ??= normalKernel();
  for (let done = 0; done < values.length;) {
    const index = start + done;
    const skipped = index % 8;
    const count = Math.min(values.length - done, pieceValues - (index % pieceValues));
    const drawn = kernel.draw(key, std, { first: index - skipped, count: skipped + count });
    values.set(drawn.subarray(skipped), done);
    done += count;
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
