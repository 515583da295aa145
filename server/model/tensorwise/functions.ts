/**
 * T5 in pieces that an engine compiles one by one: each product with a kernel on its own, and between them what has
 * no kernel. The pieces are those of the whole model (attention.ts, norm.ts, feed-forward.ts), cut at the kernels.
 */
import * as tf from "@tensorflow/tfjs-core";
import type { T5Configuration } from "../../checkpoint/configuration";
import type { PureFunction, Specs, TensorSpec, Tensors } from "../../engine/engine";
import { attend, causalBias, paddingBias, positionBias, splitHeads } from "../attention";
import { gated } from "../feed-forward";
import { groupedNorm } from "../norm";

/**
 * y = (kernel xᵀ)ᵀ. Shapes: x [tokens, columns], kernel [rows, columns] -> [tokens, rows]. This way round onnxruntime
 * rearranges the few tokens for its product, and not the kernel.
 */
export function product(tokens: number, rows: number, columns: number): PureFunction {
  return piece({ x: float(tokens, columns), kernel: float(rows, columns) }, ({ x, kernel }) =>
    tf.transpose(tf.matMul(kernel!, x!, false, true)),
  );
}

/** Shapes: x [tokens, d_model], scale [d_model] -> [tokens, d_model]. */
export function norm(configuration: T5Configuration, tokens: number): PureFunction {
  const { d_model } = configuration;
  return piece({ x: float(tokens, d_model), scale: float(d_model) }, ({ x, scale }) =>
    groupedNorm(configuration, x!, scale!),
  );
}

/** What the head reads: the decoder's last norm, scaled where the head is. Shapes as norm()'s. */
export function finalNorm(configuration: T5Configuration, tokens: number): PureFunction {
  const { inputs } = norm(configuration, tokens);
  const { scale_decoder_outputs, d_model } = configuration;
  return piece(inputs, ({ x, scale }) => {
    const y = groupedNorm(configuration, x!, scale!);
    return scale_decoder_outputs ? tf.mul(y, d_model ** -0.5) : y;
  });
}

/** Between the feed-forward layer's kernels. Shapes: wi, or wi_0 and wi_1 [tokens, d_ff] -> [tokens, d_ff]. */
export function activation(configuration: T5Configuration, tokens: number): PureFunction {
  const { d_ff, is_gated_act } = configuration;
  const names = is_gated_act ? ["wi_0", "wi_1"] : ["wi"];
  const specs = Object.fromEntries(names.map((name) => [name, float(tokens, d_ff)]));
  return piece(specs, (inputs) => gated(configuration, (name) => inputs[name]!));
}

export interface AttentionPlace {
  readonly kind: "encoder" | "decoder" | "cross";
  readonly examples: number;
  readonly queries: number;
  readonly keys: number;
  readonly masked: boolean;
}

/**
 * Between the attention's kernels. Shapes: q [examples x queries, heads x d_kv], k and v [examples x keys, …], table
 * [buckets, heads] where the attention is a stack's own, mask [examples, keys] where masked -> as q.
 */
export function attention(configuration: T5Configuration, place: AttentionPlace): PureFunction {
  const { num_heads, d_kv, relative_attention_num_buckets: buckets } = configuration;
  const { kind, examples, queries, keys, masked } = place;
  const inner = num_heads * d_kv;
  const specs: Specs = {
    q: float(examples * queries, inner),
    k: float(examples * keys, inner),
    v: float(examples * keys, inner),
    ...(kind !== "cross" && { table: float(buckets, num_heads) }),
    ...(masked && { mask: float(examples, keys) }),
  };
  return piece(specs, (inputs) => {
    const heads = (name: "q" | "k" | "v", length: number) =>
      splitHeads(configuration, inputs[name]!, { examples, length });
    return attend({
      ...{ q: heads("q", queries), k: heads("k", keys), v: heads("v", keys) },
      bias: biasOf(configuration, place, inputs),
    });
  });
}

function biasOf(
  configuration: T5Configuration,
  { kind, queries }: AttentionPlace,
  { table, mask }: Tensors,
): tf.Tensor | undefined {
  const padding = mask && paddingBias(mask);
  if (kind === "cross") return padding;
  const direction = kind === "encoder" ? "both" : "back";
  const position = positionBias(configuration, table!, queries, direction);
  const own = kind === "decoder" ? tf.add(position, causalBias(queries)) : position;
  return padding === undefined ? own : tf.add(own, padding);
}

function piece(inputs: Specs, evaluate: (inputs: Tensors) => tf.Tensor): PureFunction {
  return { weights: {}, inputs, evaluate: (_, tensors) => ({ y: evaluate(tensors) }) };
}

function float(...shape: number[]): TensorSpec {
  return { shape, dtype: "float32" };
}
