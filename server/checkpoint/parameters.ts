/**
 * The tensors that a T5 checkpoint stores, under Hugging Face's names.
 *
 * Linear weights are [out, in], as in torch. Only the first block of each stack has a relative bias, whose
 * columns are the heads; the cross-attention has none. A tied model stores the embedding alone.
 */
import type { T5Configuration } from "./configuration";
import { sizeOf } from "./tensor-source";

type Shape = readonly number[];
type Entry = readonly [name: string, shape: Shape];

/** Shapes of all stored tensors, in file order. */
export function parameterShapes(configuration: T5Configuration): ReadonlyMap<string, Shape> {
  const { vocab_size, d_model, tie_word_embeddings } = configuration;
  return new Map<string, Shape>([
    ["shared.weight", [vocab_size, d_model]],
    ...stack("encoder", configuration),
    ...stack("decoder", configuration),
    ...(tie_word_embeddings ? [] : [["lm_head.weight", [vocab_size, d_model]] as const]),
  ]);
}

/** Number of trained values; a tied head counts once. */
export function parameterCount(configuration: T5Configuration): number {
  let count = 0;
  for (const shape of parameterShapes(configuration).values()) count += sizeOf(shape);
  return count;
}

function stack(side: "encoder" | "decoder", configuration: T5Configuration): Entry[] {
  const { num_layers, num_decoder_layers, d_model } = configuration;
  const depth = side === "encoder" ? num_layers : num_decoder_layers;
  const entries: Entry[] = [];
  for (let index = 0; index < depth; index++) {
    entries.push(...block(`${side}.block.${index}`, configuration));
  }
  entries.push([`${side}.final_layer_norm.weight`, [d_model]]);
  return entries;
}

function block(prefix: string, configuration: T5Configuration): Entry[] {
  const { relative_attention_num_buckets, num_heads } = configuration;
  const layer = (index: number) => `${prefix}.layer.${index}`;
  const entries = attention(`${layer(0)}.SelfAttention`, configuration);
  if (prefix.endsWith(".block.0")) {
    entries.push([
      `${layer(0)}.SelfAttention.relative_attention_bias.weight`,
      [relative_attention_num_buckets, num_heads],
    ]);
  }
  entries.push(norm(layer(0), configuration));
  if (prefix.startsWith("decoder")) {
    entries.push(...attention(`${layer(1)}.EncDecAttention`, configuration));
    entries.push(norm(layer(1), configuration));
  }
  entries.push(...feedForward(layer(prefix.startsWith("decoder") ? 2 : 1), configuration));
  return entries;
}

function attention(prefix: string, configuration: T5Configuration): Entry[] {
  const { d_model, num_heads, d_kv } = configuration;
  const inner = num_heads * d_kv;
  return [
    [`${prefix}.q.weight`, [inner, d_model]],
    [`${prefix}.k.weight`, [inner, d_model]],
    [`${prefix}.v.weight`, [inner, d_model]],
    [`${prefix}.o.weight`, [d_model, inner]],
  ];
}

function feedForward(layer: string, configuration: T5Configuration): Entry[] {
  const { d_model, d_ff, is_gated_act } = configuration;
  const inputs = is_gated_act ? ["wi_0", "wi_1"] : ["wi"];
  return [
    ...inputs.map((wi): Entry => [`${layer}.DenseReluDense.${wi}.weight`, [d_ff, d_model]]),
    [`${layer}.DenseReluDense.wo.weight`, [d_model, d_ff]],
    norm(layer, configuration),
  ];
}

function norm(layer: string, { d_model }: T5Configuration): Entry {
  return [`${layer}.layer_norm.weight`, [d_model]];
}
