/** The feed-forward layer: wo(act(wi x)), or gated, wo(act(wi_0 x) * wi_1 x) (Shazeer 2020). */
import * as tf from "@tensorflow/tfjs-core";
import type { T5Configuration } from "../checkpoint/configuration";
import type { Tensors } from "../engine/engine";
import { geluErf, geluTanh, silu } from "../engine/operations";

/** Shapes: x [tokens, d_model] -> [tokens, d_model]; `prefix` names the layer's weights. */
export function feedForward(
  configuration: T5Configuration,
  weights: Tensors,
  prefix: string,
  x: tf.Tensor,
): tf.Tensor {
  const linear = (input: tf.Tensor, name: string) =>
    tf.matMul(input, weights[`${prefix}.${name}.weight`]!, false, true);
  return linear(
    gated(configuration, (name) => linear(x, name)),
    "wo",
  );
}

/** What wo reads; `wi` gives x times the kernel of that name. */
export function gated(
  { dense_act_fn, is_gated_act }: T5Configuration,
  wi: (name: "wi" | "wi_0" | "wi_1") => tf.Tensor,
): tf.Tensor {
  const activation = activations[dense_act_fn];
  return is_gated_act ? tf.mul(activation(wi("wi_0")), wi("wi_1")) : activation(wi("wi"));
}

const activations: Readonly<Record<T5Configuration["dense_act_fn"], (x: tf.Tensor) => tf.Tensor>> =
  {
    relu: tf.relu,
    gelu: geluErf,
    gelu_new: geluTanh,
    silu,
  };
