/**
 * The model as it is run to generate: the encoder once, then the decoder one token at a time with a cache.
 *
 * A step sees what the decoder's self-attention made of earlier tokens (the cache) and what the cross-attention makes
 * of the encoder's output, which is the same for all rows: for the cross-attention the rows are the queries of one
 * example. Shapes are fixed, so that every step runs the same compiled function; places of the cache that are not
 * filled yet are hidden by the bias.
 */
import * as tf from "@tensorflow/tfjs-core";
import type { T5Configuration } from "../checkpoint/configuration";
import type { PureFunction, Specs, Tensors, TensorSpec } from "../engine/engine";
import { attend, hidden, paddingBias, projections } from "./attention";
import { weightSpecs } from "./functions";
import { relativeBuckets } from "./relative-position";
import { dense, embed, encode, head, type Net, norm, residual } from "./t5";

export interface DecodingShape {
  /** Sequences that grow side by side from one input: beams, or samples. */
  readonly rows: number;
  /** Encoder tokens, padding included. */
  readonly inputs: number;
  /** Places of the cache: the most tokens that can be generated, the start token included. */
  readonly capacity: number;
}

/** A decoder layer's tensors, by what the functions below call them. */
export function layerTensor(layer: number, what: "key" | "value" | "cross_key" | "cross_value") {
  return `${what}/${layer}`;
}

/**
 * Inputs: input_ids and attention_mask [1, inputs]. Outputs, for each decoder layer: cross_key and cross_value
 * [1, heads, inputs, d_kv].
 */
export function encoderFunction(
  configuration: T5Configuration,
  { inputs }: Pick<DecodingShape, "inputs">,
): PureFunction {
  const shape = { examples: 1, inputs, targets: 1, masked: true };
  return {
    weights: weightSpecs(configuration),
    inputs: { input_ids: int([1, inputs]), attention_mask: float([1, inputs]) },
    evaluate: (weights, given) => {
      const net = { configuration, shape, weights };
      const encoded = encode(net, given.input_ids!, paddingBias(given.attention_mask!));
      return eachLayer(configuration, (layer) => {
        const project = projections(configuration, weights, attentionPrefix(layer, "cross"));
        const size = { examples: 1, length: inputs };
        return {
          [layerTensor(layer, "cross_key")]: project(encoded, "k", size),
          [layerTensor(layer, "cross_value")]: project(encoded, "v", size),
        };
      });
    },
  };
}

/**
 * Inputs: decoder_input_ids [rows], attention_mask [1, inputs], position_bias [1, heads, 1, capacity + 1]
 * (stepBias()), and for each decoder layer key and value [rows, heads, capacity, d_kv], cross_key and cross_value
 * [1, heads, inputs, d_kv]. Outputs: logits [rows, vocab_size], and for each layer the new token's key and value
 * [rows, heads, 1, d_kv].
 */
export function stepFunction(configuration: T5Configuration, shape: DecodingShape): PureFunction {
  const { rows, inputs, capacity } = shape;
  const { num_heads, d_kv } = configuration;
  const perLayer = eachLayer(configuration, (layer): Specs => {
    const own = float([rows, num_heads, capacity, d_kv]);
    const cross = float([1, num_heads, inputs, d_kv]);
    return {
      [layerTensor(layer, "key")]: own,
      [layerTensor(layer, "value")]: own,
      [layerTensor(layer, "cross_key")]: cross,
      [layerTensor(layer, "cross_value")]: cross,
    };
  });
  return {
    weights: weightSpecs(configuration),
    inputs: {
      decoder_input_ids: int([rows]),
      attention_mask: float([1, inputs]),
      position_bias: float([1, num_heads, 1, capacity + 1]),
      ...perLayer,
    },
    evaluate: (weights, given) => {
      const batch = { examples: rows, inputs, targets: 1, masked: true };
      return step({ configuration, shape: batch, weights }, given);
    },
  };
}

function step(net: Net, given: Tensors): Tensors {
  const { configuration, weights } = net;
  const rows = net.shape.examples;
  const padding = paddingBias(given.attention_mask!);
  const outputs: Record<string, tf.Tensor> = {};
  let x = embed(net, given.decoder_input_ids!);
  for (let layer = 0; layer < configuration.num_decoder_layers; layer++) {
    const tensor = (what: Parameters<typeof layerTensor>[1]) =>
      given[layerTensor(layer, what)] as tf.Tensor4D;
    const project = (kind: "self" | "cross") =>
      projections(configuration, weights, attentionPrefix(layer, kind));
    const mixed = (kind: "self" | "cross", seen: tf.Tensor) =>
      tf.matMul(seen, weights[`${attentionPrefix(layer, kind)}.o.weight`]!, false, true);
    const place = (number: number) => `decoder.block.${layer}.layer.${number}`;

    x = residual(net, place(0), x, (y) => {
      const [q, newKey, newValue] = (["q", "k", "v"] as const).map((name) =>
        project("self")(y, name, { examples: rows, length: 1 }),
      ) as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D];
      outputs[layerTensor(layer, "key")] = newKey;
      outputs[layerTensor(layer, "value")] = newValue;
      const k = tf.concat([tensor("key"), newKey], 2);
      const v = tf.concat([tensor("value"), newValue], 2);
      return mixed("self", attend({ q, k, v, bias: given.position_bias }));
    });
    x = residual(net, place(1), x, (y) => {
      const q = project("cross")(y, "q", { examples: 1, length: rows });
      const [k, v] = [tensor("cross_key"), tensor("cross_value")];
      return mixed("cross", attend({ q, k, v, bias: padding }));
    });
    x = residual(net, place(2), x, (y) => dense(net, place(2), y));
  }
  return { logits: head(net, norm(net, "decoder.final_layer_norm", x)), ...outputs };
}

/**
 * The bias of one step: of each earlier token by its distance, hidden where the cache is not filled yet, and of the
 * new token itself, last. Shapes: table [buckets, heads] -> [1, heads, 1, capacity + 1].
 * @param filled how many tokens the cache holds
 */
export function stepBias(
  configuration: T5Configuration,
  table: Float32Array,
  { capacity, filled }: { readonly capacity: number; readonly filled: number },
): Float32Array {
  const { num_heads } = configuration;
  const bucketOfDistance = relativeBuckets({
    queries: filled + 1,
    keys: 1,
    buckets: configuration.relative_attention_num_buckets,
    maxDistance: configuration.relative_attention_max_distance,
    direction: "back",
  });
  const bias = new Float32Array(num_heads * (capacity + 1)).fill(hidden);
  for (let head = 0; head < num_heads; head++) {
    const start = head * (capacity + 1);
    const learnt = (distance: number) => table[bucketOfDistance[distance]! * num_heads + head]!;
    for (let key = 0; key < filled; key++) bias[start + key] = learnt(filled - key);
    bias[start + capacity] = learnt(0);
  }
  return bias;
}

function attentionPrefix(layer: number, kind: "self" | "cross"): string {
  const block = `decoder.block.${layer}.layer`;
  return kind === "self" ? `${block}.0.SelfAttention` : `${block}.1.EncDecAttention`;
}

function eachLayer<Value>(
  { num_decoder_layers }: T5Configuration,
  of: (layer: number) => Readonly<Record<string, Value>>,
): Record<string, Value> {
  const layers = Array.from({ length: num_decoder_layers }, (_, layer) => of(layer));
  return Object.assign({}, ...layers) as Record<string, Value>;
}

function float(shape: readonly number[]): TensorSpec {
  return { shape, dtype: "float32" };
}

function int(shape: readonly number[]): TensorSpec {
  return { shape, dtype: "int32" };
}
