/**
 * AdamW as PyTorch runs it. At update t = 1, 2, …:
 *
 *   M = beta1 M + (1 - beta1) G,   V = beta2 V + (1 - beta2) G²
 *   W = (1 - learning_rate · weight_decay) W
 *       - learning_rate / (1 - beta1^t) · M / (sqrt(V) / sqrt(1 - beta2^t) + epsilon)
 *
 * Source: Loshchilov & Hutter, "Decoupled Weight Decay Regularization", ICLR 2019; torch.optim.AdamW.
 */
import { add, div, mul, sqrt, square, sub } from "@tensorflow/tfjs-core";
import type { WeightUpdate } from "../../engine/engine";
import type { OptimizerSettings } from "../settings";
import { pass } from "./pass";

/** Scalars that its pass reads: the corrections are 1 - beta^t. */
export const adamwScalars = [
  "learning_rate",
  "gradient_scale",
  "first_correction",
  "second_correction",
] as const;

export function adamwUpdate(
  weight: string,
  shape: readonly number[],
  settings: Extract<OptimizerSettings, { kind: "adamw" }>,
): WeightUpdate {
  const { beta1, beta2, epsilon, weight_decay } = settings;
  const update = pass(
    "rows",
    ["weight", "gradient", "first_moment", "second_moment", ...adamwScalars],
    (tensors) => {
      // Factors that are single numbers are gathered, so that the big tensors are walked as seldom as can be:
      // sqrt(V / c) + epsilon is 1 / sqrt(c) of sqrt(V) + epsilon sqrt(c).
      const { gradient, gradient_scale, second_correction } = tensors;
      const correction = sqrt(second_correction);
      const first = add(
        mul(tensors.first_moment, beta1),
        mul(gradient, mul(gradient_scale, 1 - beta1)),
      );
      const second = add(
        mul(tensors.second_moment, beta2),
        mul(square(gradient), mul(square(gradient_scale), 1 - beta2)),
      );
      const denominator = add(sqrt(second), mul(correction, epsilon));
      const stepSize = mul(div(tensors.learning_rate, tensors.first_correction), correction);
      const kept =
        weight_decay === 0
          ? tensors.weight
          : mul(tensors.weight, sub(1, mul(tensors.learning_rate, weight_decay)));
      return {
        replace: {
          weight: sub(kept, mul(div(first, denominator), stepSize)),
          first_moment: first,
          second_moment: second,
        },
      };
    },
  );
  return {
    weight,
    state: {
      first_moment: { shape, layout: "rows" },
      second_moment: { shape, layout: "rows" },
    },
    passes: [update],
  };
}
