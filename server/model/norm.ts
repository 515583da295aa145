/**
 * RMSNorm over each part of the features on its own: y_p = w_p x_p / sqrt(mean(x_p^2) + epsilon).
 * One part is T5's layer norm (no mean, no bias; Zhang & Sennrich 2019); several are a property child's.
 */
import * as tf from "@tensorflow/tfjs-core";
import type { T5Configuration } from "../checkpoint/configuration";
import { rmsNorm } from "../engine/operations";

/** Shapes: x [tokens, d_model], weight [d_model] -> [tokens, d_model]. */
export function groupedNorm(
  { fusion_parts: parts, layer_norm_epsilon: epsilon }: T5Configuration,
  x: tf.Tensor,
  weight: tf.Tensor,
): tf.Tensor {
  const width = parts[0];
  if (width === undefined || parts.length === 1) return rmsNorm(x, weight, epsilon);

  const equal = parts.every((other) => other === width);
  if (!equal) return normOfSlices(x, weight, { parts, epsilon });
  const split = tf.reshape(x, [-1, parts.length, width]);
  return tf.mul(tf.reshape(rmsNorm(split, tf.ones([width]), epsilon), x.shape), weight);
}

function normOfSlices(
  x: tf.Tensor,
  weight: tf.Tensor,
  { parts, epsilon }: { readonly parts: readonly number[]; readonly epsilon: number },
): tf.Tensor {
  const values = tf.split(x, [...parts], 1);
  const scales = tf.split(weight, [...parts]);
  return tf.concat(
    values.map((value, part) => rmsNorm(value, scales[part]!, epsilon)),
    1,
  );
}
