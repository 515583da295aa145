/** Greedy decoding, and drawing at random: rows that know nothing of each other. */
import type { Sampling } from "../protocol/generation";
import { uniform } from "../random/draw";
import { type Key, streamKey } from "../random/threefry";
import { logSoftmax } from "./log-softmax";

/** Chooses the token that follows in row `row`; `position` counts from 0. */
export type Choose = (
  logProbabilities: Float64Array,
  at: { readonly row: number; readonly position: number },
) => number;

/** The most probable token; of equal ones the first. */
export function greedy(logProbabilities: Float64Array): number {
  let best = 0;
  for (let i = 1; i < logProbabilities.length; i++) {
    if (logProbabilities[i]! > logProbabilities[best]!) best = i;
  }
  return best;
}

/** Draws with temperature, then among the `topK`, then among the `topP` (Holtzman et al. 2020), in this order. */
export function sampler({ temperature, topK, topP, seed }: Sampling): Choose {
  const keys: Key[] = [];
  return (logProbabilities, { row, position }) => {
    const warmed = logSoftmax(logProbabilities.map((value) => value / temperature));
    const kept = nucleus(mostProbable(warmed, topK), warmed, topP);
    const key = (keys[row] ??= streamKey(seed, `sample/${row}`));
    const total = kept.reduce((sum, token) => sum + Math.exp(warmed[token]!), 0);
    let left = uniform(key, position) * total;
    for (const token of kept) {
      left -= Math.exp(warmed[token]!);
      if (left < 0) return token;
    }
    return kept.at(-1)!;
  };
}

/** Token ids, the most probable first. */
function mostProbable(logProbabilities: Float64Array, topK: number): Uint32Array {
  const order = Uint32Array.from(logProbabilities, (_, token) => token).sort(
    (a, b) => logProbabilities[b]! - logProbabilities[a]! || a - b,
  );
  return topK === 0 ? order : order.subarray(0, topK);
}

/** At least one. */
function nucleus(order: Uint32Array, logProbabilities: Float64Array, topP: number): Uint32Array {
  if (topP >= 1) return order;
  const kept = order.reduce((sum, token) => sum + Math.exp(logProbabilities[token]!), 0);
  let reached = 0;
  const end = order.findIndex((token) => {
    reached += Math.exp(logProbabilities[token]!) / kept;
    return reached >= topP;
  });
  return order.subarray(0, end < 0 ? order.length : end + 1);
}
