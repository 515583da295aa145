/** The stream of normals in float64, as the formula says; the golden files are made of it. */
import { type Key, threefry } from "../../server/random/threefry";

/** Number `index` of the stream. */
export function normalNumber(key: Key, index: number): number {
  const values = new Float64Array(2);
  drawPair(key, Math.floor(index / 2), values);
  return values[index % 2]!;
}

/** values[i] is number i of the stream, times `std`. */
export function goldenNormals(values: Float32Array, key: Key, std: number): void {
  const pair = new Float64Array(2);
  for (let i = 0; i < values.length; i++) {
    if (i % 2 === 0) drawPair(key, i / 2, pair, std);
    values[i] = pair[i % 2]!;
  }
}

function drawPair(key: Key, counter: number, pair: Float64Array, std = 1): void {
  const words = new Uint32Array(2);
  threefry(key, counter, words);
  const radius = std * Math.sqrt(-2 * Math.log((words[0]! + 1) / 2 ** 32));
  const angle = (2 * Math.PI * words[1]!) / 2 ** 32;
  pair[0] = radius * Math.cos(angle);
  pair[1] = radius * Math.sin(angle);
}
