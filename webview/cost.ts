/** What a stage cost before its own first step. */
import type { Cost } from "../server/protocol/checkpoint";

interface Books {
  readonly cost?: Cost;
  readonly own_cost?: Cost;
}

/**
 * What the ancestors cost: by the stage's own books where they are closed, else added up.
 * @param ancestors each once
 */
export function inheritedCost({ cost, own_cost }: Books, ancestors: Iterable<Books>): Cost {
  if (cost !== undefined && own_cost !== undefined) return combine(cost, own_cost, -1);
  let sum: Cost = { steps: 0, tokens: 0, flops: 0, device_seconds: 0 };
  for (const ancestor of ancestors) {
    if (ancestor.own_cost !== undefined) sum = combine(sum, ancestor.own_cost, 1);
  }
  return sum;
}

function combine(a: Cost, b: Cost, sign: 1 | -1): Cost {
  return {
    steps: a.steps + sign * b.steps,
    tokens: a.tokens + sign * b.tokens,
    flops: a.flops + sign * b.flops,
    device_seconds: a.device_seconds + sign * b.device_seconds,
  };
}
