/**
 * Stochastic gradient descent with heavy-ball momentum, as PyTorch runs it:
 *
 *   M = momentum M + G,   W = W - learning_rate M
 *
 * Without momentum there is no state. Source: torch.optim.SGD (no dampening, not Nesterov's form).
 */
import { add, mul, sub } from "@tensorflow/tfjs-core";
import type { WeightUpdate } from "../../engine/engine";
import type { OptimizerSettings } from "../settings";
import { pass } from "./pass";

export const sgdScalars = ["learning_rate", "gradient_scale"] as const;

export function sgdUpdate(
  weight: string,
  shape: readonly number[],
  settings: Extract<OptimizerSettings, { kind: "sgd" }>,
): WeightUpdate {
  return settings.momentum === 0
    ? { weight, state: {}, passes: [plain] }
    : {
        weight,
        state: { momentum: { shape, layout: "rows" } },
        passes: [withMomentum(settings.momentum)],
      };
}

const plain = pass("rows", ["weight", "gradient", ...sgdScalars], (tensors) => {
  const gradient = mul(tensors.gradient, tensors.gradient_scale);
  return { replace: { weight: sub(tensors.weight, mul(gradient, tensors.learning_rate)) } };
});

function withMomentum(factor: number) {
  return pass("rows", ["weight", "gradient", "momentum", ...sgdScalars], (tensors) => {
    const gradient = mul(tensors.gradient, tensors.gradient_scale);
    const momentum = add(mul(tensors.momentum, factor), gradient);
    return {
      replace: {
        weight: sub(tensors.weight, mul(momentum, tensors.learning_rate)),
        momentum,
      },
    };
  });
}
