/** How a batch is cut for engines that compute its parts side by side. */
import type { BatchShape } from "../model/batch";

/** A part of fewer tokens costs more in gradients to be added up than it gains. */
const fewestTokens = 1024;
const mostParts = 8;

/** As many equal parts as these limits allow: the same on every machine, for sums depend on it. */
export function partsOf({ examples, inputs, targets }: BatchShape): number {
  const most = Math.min(mostParts, Math.floor((examples * (inputs + targets)) / fewestTokens));
  const counts = Array.from({ length: most }, (_, index) => most - index);
  return counts.find((count) => examples % count === 0) ?? 1;
}
