/** tfjs's tape, run over a loss function: eagerly, or on symbols. */
import { clone, engine, keep } from "@tensorflow/tfjs-core";
import type { Scalar, Tensor } from "@tensorflow/tfjs-core";
import type { LossFunction, Tensors } from "./engine";

export interface Differentiated {
  readonly loss: Scalar;
  readonly metrics: Readonly<Record<string, Scalar>>;
  /** In the order of the weights; undefined where the loss does not depend on the weight. */
  readonly grads: readonly (Tensor | undefined)[];
}

/** The loss, its metrics and its gradients by tfjs's tape; call it inside a tidy. */
export function differentiate(
  definition: LossFunction,
  given: Tensors,
  inputs: Tensors,
): Differentiated {
  const names = Object.keys(definition.weights);
  const metrics: Record<string, Scalar> = {};
  const { value, grads } = engine().gradients(
    () => {
      const result = definition.evaluate(given, inputs);
      // The tape's own tidy would dispose them.
      for (const [name, metric] of Object.entries(result.metrics))
        metrics[name] = keep(clone(metric));
      return result.loss;
    },
    names.map((name) => given[name]!),
  );
  return { loss: value, metrics, grads };
}
