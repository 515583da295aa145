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
      const gradient = mul(tensors.gradient, tensors.gradient_scale);
      const first = add(mul(tensors.first_moment, beta1), mul(gradient, 1 - beta1));
      const second = add(mul(tensors.second_moment, beta2), mul(square(gradient), 1 - beta2));
      const denominator = add(div(sqrt(second), sqrt(tensors.second_correction)), epsilon);
      const stepSize = div(tensors.learning_rate, tensors.first_correction);
      const kept = sub(1, mul(tensors.learning_rate, weight_decay));
      return {
        replace: {
          weight: sub(mul(tensors.weight, kept), mul(div(first, denominator), stepSize)),
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
