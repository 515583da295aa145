/** What to say when a loss or a gradient is no longer finite. */
import type { Scalars, TensorStore } from "../engine/engine";
import { findNonFinite } from "./weights";

export interface DivergenceOptions {
  readonly step: number;
  /** That the stage has made so far: after none of them, its settings cannot be to blame. */
  readonly updates: number;
  readonly loss: number;
  /** Sum of squares of each gradient. */
  readonly squares: Scalars;
  readonly weights: TensorStore;
}

/** Caught by the stage, which knows what is kept. */
export class Divergence extends RangeError {}

/**
 * The error that ends the run. A weight that is not finite came first: gradients are made from it. Where all
 * weights are finite the first gradient that is not, in the model's order, is named.
 */
export async function divergence({
  step,
  updates,
  loss,
  squares,
  weights,
}: DivergenceOptions): Promise<Divergence> {
  const what = Number.isFinite(loss) ? "a gradient is not finite" : `the loss is ${loss}`;
  const first = firstTensor(squares, await findNonFinite(weights));
  const remedy = updates === 0 ? anotherStart : otherSettings;
  return new Divergence(`Cannot train on from step ${step}: ${what}; ${first}; ${remedy}`);
}

const otherSettings = "lower schedule.peak, lengthen schedule.warmup or set gradient_clipping";
const anotherStart =
  "no update has been made yet, so the model is too large in its values to compute with; " +
  "start from another checkpoint, or lower the model's initializer_factor";

function firstTensor(squares: Scalars, badWeights: readonly string[]): string {
  const badGradients = Object.entries(squares)
    .filter(([, square]) => !Number.isFinite(square))
    .map(([name]) => name);
  if (badWeights.length > 0) return named("the weight", badWeights);
  if (badGradients.length > 0) return named("the gradient of", badGradients);
  return "every weight and gradient is finite by itself";
}

function named(what: string, names: readonly string[]): string {
  const others = names.length > 1 ? ` (and ${names.length - 1} more)` : "";
  return `the first tensor that is not finite is ${what} ${names[0]}${others}`;
}
