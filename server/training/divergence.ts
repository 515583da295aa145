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

/** Caught by the stage, which knows what is kept, and by whoever can take the step in another way. */
export class Divergence extends RangeError {
  constructor(
    message: string,
    /** "the loss is NaN" */
    readonly what: string,
    readonly areWeightsFinite: boolean,
  ) {
    super(message);
  }

  with(advice: string): Divergence {
    return new Divergence(`${this.message}. ${advice}`, this.what, this.areWeightsFinite);
  }
}

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
  const badWeights = await findNonFinite(weights);
  const first = firstTensor(squares, badWeights);
  const remedy = updates === 0 ? anotherStart : otherSettings;
  const message = `Cannot train on from step ${step}: ${what}; ${first}; ${remedy}`;
  return new Divergence(message, what, badWeights.length === 0);
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
