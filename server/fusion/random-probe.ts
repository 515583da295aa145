/** The examples on which a fusion is proven where nobody names any. */
import type { T5Configuration } from "../checkpoint/configuration";
import { padExamples, randomExamples } from "../model/examples";
import type { FusionMethod } from "../protocol/checkpoint";
import type { ProbeBatch } from "./probe";

/** Every kernel has its share in each logit: few tokens prove as much as many, and a large model soon. */
const proving = { examples: 4, inputs: 16, targets: 8 };
/** Calibration takes means over them. */
const calibrating = { examples: 8, inputs: 64, targets: 32 };

export interface RandomProbe {
  readonly source: "random tokens";
  readonly batches: readonly ProbeBatch[];
}

/** One batch of uniformly drawn tokens that all parents have. */
export function randomProbe(
  parents: readonly T5Configuration[],
  { method, seed }: { readonly method: FusionMethod; readonly seed: number },
): RandomProbe {
  const sizes = method === "calibrated" ? calibrating : proving;
  const vocab_size = Math.min(...parents.map((parent) => parent.vocab_size));
  const shared = { ...parents[0]!, vocab_size };
  const examples = randomExamples(shared, { ...sizes, seed });
  return { source: "random tokens", batches: padExamples(examples, sizes.examples, shared) };
}
