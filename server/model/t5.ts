/**
 * T5 (Raffel et al. 2020) in TensorFlow.js operations, as a pure function of its weights.
 *
 * v1.0 (ReLU, tied and scaled head), v1.1 and Flan (gated GELU, untied) and ByT5 differ in the configuration only.
 * Weights bear Hugging Face's names; linear ones are [out, in] and are multiplied transposed. Pre-norm residual
 * blocks: x + f(norm(x)). A property child's norms treat each of its `fusion_parts` on its own.
 */
import * as tf from "@tensorflow/tfjs-core";
import type { T5Configuration } from "../checkpoint/configuration";
import type { Tensors } from "../engine/engine";
import { attention, causalBias, paddingBias, positionBias } from "./attention";
import type { BatchShape } from "./batch";
import { feedForward } from "./feed-forward";
import { groupedNorm } from "./norm";

/** The net for one batch shape, bound to its weights. */
export interface Net {
  readonly configuration: T5Configuration;
  readonly shape: BatchShape;
  readonly weights: Tensors;
}

/**
 * Shapes: inputs.input_ids [examples, inputs], inputs.decoder_input_ids [examples, targets], inputs.attention_mask
 * [examples, inputs] where masked -> logits [examples x targets, vocab_size].
 */
export function t5Logits(net: Net, inputs: Tensors): tf.Tensor2D {
  const padding = net.shape.masked ? paddingBias(inputs.attention_mask!) : undefined;
  const encoded = encode(net, inputs.input_ids!, padding);
  const decoded = decode(net, inputs.decoder_input_ids!, { encoded, padding });
  return head(net, decoded);
}

export function encode(net: Net, ids: tf.Tensor, padding: tf.Tensor | undefined): tf.Tensor {
  const { examples, inputs } = net.shape;
  const sizes = { examples, queries: inputs, keys: inputs };
  const position = positionBias(net.configuration, biasTable(net, "encoder"), inputs, "both");
  const bias = padding === undefined ? position : tf.add(position, padding);
  let x = embed(net, ids);
  for (let index = 0; index < net.configuration.num_layers; index++) {
    const block = `encoder.block.${index}`;
    const attend = attention(
      net.configuration,
      sizes,
      net.weights,
      `${block}.layer.0.SelfAttention`,
    );
    x = residual(net, `${block}.layer.0`, x, (y) => attend({ queries: y, keys: y, bias }));
    x = residual(net, `${block}.layer.1`, x, (y) => dense(net, `${block}.layer.1`, y));
  }
  return norm(net, "encoder.final_layer_norm", x);
}

interface Encoded {
  readonly encoded: tf.Tensor;
  readonly padding: tf.Tensor | undefined;
}

function decode(net: Net, ids: tf.Tensor, { encoded, padding }: Encoded): tf.Tensor {
  const { configuration, weights } = net;
  const { examples, inputs, targets } = net.shape;
  const own = { examples, queries: targets, keys: targets };
  const cross = { examples, queries: targets, keys: inputs };
  const position = positionBias(configuration, biasTable(net, "decoder"), targets, "back");
  const bias = tf.add(position, causalBias(targets));
  let x = embed(net, ids);
  for (let index = 0; index < configuration.num_decoder_layers; index++) {
    const layer = (number: number) => `decoder.block.${index}.layer.${number}`;
    const attendSelf = attention(configuration, own, weights, `${layer(0)}.SelfAttention`);
    const attendInputs = attention(configuration, cross, weights, `${layer(1)}.EncDecAttention`);
    x = residual(net, layer(0), x, (y) => attendSelf({ queries: y, keys: y, bias }));
    x = residual(net, layer(1), x, (y) =>
      attendInputs({ queries: y, keys: encoded, bias: padding }),
    );
    x = residual(net, layer(2), x, (y) => dense(net, layer(2), y));
  }
  return norm(net, "decoder.final_layer_norm", x);
}

export function head({ configuration, weights }: Net, x: tf.Tensor): tf.Tensor2D {
  const scaled = configuration.scale_decoder_outputs ? tf.mul(x, configuration.d_model ** -0.5) : x;
  const matrix = configuration.tie_word_embeddings ? "shared.weight" : "lm_head.weight";
  return tf.matMul(scaled, weights[matrix]!, false, true);
}

export function embed({ weights }: Net, ids: tf.Tensor): tf.Tensor {
  return tf.gather(weights["shared.weight"]!, tf.reshape<tf.Rank.R1>(ids, [-1]));
}

export function residual(
  net: Net,
  layer: string,
  x: tf.Tensor,
  sublayer: (normed: tf.Tensor) => tf.Tensor,
): tf.Tensor {
  return tf.add(x, sublayer(norm(net, `${layer}.layer_norm`, x)));
}

export function dense(net: Net, layer: string, x: tf.Tensor): tf.Tensor {
  return feedForward(net.configuration, net.weights, `${layer}.DenseReluDense`, x);
}

export function norm({ configuration, weights }: Net, name: string, x: tf.Tensor): tf.Tensor {
  return groupedNorm(configuration, x, weights[`${name}.weight`]!);
}

function biasTable({ weights }: Net, stack: "encoder" | "decoder"): tf.Tensor {
  return weights[relativeBiasName(stack)]!;
}

/** The learnt bias by relative position, [buckets, heads], which a stack's layers share. */
export function relativeBiasName(stack: "encoder" | "decoder"): string {
  return `${stack}.block.0.layer.0.SelfAttention.relative_attention_bias.weight`;
}
