/**
 * T5's attention: softmax(q k^T + bias) v per head, without the usual 1/sqrt(d_kv), which T5 folds into the
 * initial values of q (Raffel et al. 2020; Shazeer & Stern 2018).
 *
 * Activations are [tokens, d_model] with tokens = examples x length, so that every projection is one product.
 * The bias of a whole stack, relative positions and mask in one tensor, is made once and added in each layer.
 */
import * as tf from "@tensorflow/tfjs-core";
import type { T5Configuration } from "../checkpoint/configuration";
import type { Tensors } from "../engine/engine";
import { softmaxMix } from "../engine/operations";
import { relativeBuckets } from "./relative-position";

/** Added to the scores of what must not be seen; large enough that float32 loses the score itself. */
export const hidden = -1e9;

export interface AttentionSizes {
  readonly examples: number;
  readonly queries: number;
  readonly keys: number;
}

export interface AttentionInputs {
  /** [examples x queries, d_model] */
  readonly queries: tf.Tensor;
  /** [examples x keys, d_model]; the keys and values are made from it. */
  readonly keys: tf.Tensor;
  /** Broadcast to [examples, heads, queries, keys]. */
  readonly bias: tf.Tensor | undefined;
}

/** Makes the attention of one place in the net; `prefix` names its weights. */
export function attention(
  configuration: T5Configuration,
  sizes: AttentionSizes,
  weights: Tensors,
  prefix: string,
): (inputs: AttentionInputs) => tf.Tensor {
  const { examples } = sizes;
  const project = projections(configuration, weights, prefix);
  return ({ queries, keys, bias }) => {
    const q = project(queries, "q", { examples, length: sizes.queries });
    const k = project(keys, "k", { examples, length: sizes.keys });
    const v = project(keys, "v", { examples, length: sizes.keys });
    return tf.matMul(attend({ q, k, v, bias }), weights[`${prefix}.o.weight`]!, false, true);
  };
}

/** Makes what gives a place's heads their queries, keys or values: [examples x length, d_model] -> [examples, heads, length, d_kv]. */
export function projections(
  configuration: T5Configuration,
  weights: Tensors,
  prefix: string,
): (
  x: tf.Tensor,
  name: "q" | "k" | "v",
  size: { readonly examples: number; readonly length: number },
) => tf.Tensor4D {
  return (x, name, { examples, length }) => {
    const flat = tf.matMul(x, weights[`${prefix}.${name}.weight`]!, false, true);
    return splitHeads(configuration, flat, { examples, length });
  };
}

/** Shapes: [examples x length, heads x d_kv] -> [examples, heads, length, d_kv]. */
export function splitHeads(
  { num_heads, d_kv }: T5Configuration,
  flat: tf.Tensor,
  { examples, length }: { readonly examples: number; readonly length: number },
): tf.Tensor4D {
  return tf.transpose(tf.reshape(flat, [examples, length, num_heads, d_kv]), [0, 2, 1, 3]);
}

export interface Heads {
  /** [examples, heads, queries, d_kv] */
  readonly q: tf.Tensor4D;
  /** [examples, heads, keys, d_kv] */
  readonly k: tf.Tensor4D;
  /** [examples, heads, keys, d_kv] */
  readonly v: tf.Tensor4D;
  /** Broadcast to [examples, heads, queries, keys]. */
  readonly bias: tf.Tensor | undefined;
}

/** What each query sees of the values: [examples x queries, heads x d_kv]. */
export function attend({ q, k, v, bias }: Heads): tf.Tensor2D {
  const [examples, heads, queries, d_kv] = q.shape;
  const products = tf.matMul(q, k, false, true); // [examples, heads, queries, keys]
  const scores = bias === undefined ? products : tf.add(products, bias);
  const mixed = tf.transpose(softmaxMix(scores, v), [0, 2, 1, 3]);
  return tf.reshape(mixed, [examples * queries, heads * d_kv]);
}

/** The stack's learnt bias by relative position: table [buckets, heads] -> [1, heads, length, length]. */
export function positionBias(
  configuration: T5Configuration,
  table: tf.Tensor,
  length: number,
  direction: "both" | "back",
): tf.Tensor {
  const buckets = relativeBuckets({
    queries: length,
    keys: length,
    buckets: configuration.relative_attention_num_buckets,
    maxDistance: configuration.relative_attention_max_distance,
    direction,
  });
  const perPair = tf.gather(table, tf.tensor1d(buckets, "int32")); // [length x length, heads]
  return tf.reshape(tf.transpose(perPair), [1, configuration.num_heads, length, length]);
}

/** Hides what comes later: [1, 1, length, length]. */
export function causalBias(length: number): tf.Tensor {
  const values = new Float32Array(length * length);
  for (let query = 0; query < length; query++) {
    values.fill(hidden, query * length + query + 1, (query + 1) * length);
  }
  return tf.tensor4d(values, [1, 1, length, length]);
}

/** Hides padding: mask [examples, keys], 1 for tokens and 0 for padding -> [examples, 1, 1, keys]. */
export function paddingBias(mask: tf.Tensor): tf.Tensor {
  const [examples, keys] = mask.shape as [number, number];
  return tf.reshape(tf.mul(tf.sub(mask, 1), -hidden), [examples, 1, 1, keys]);
}
