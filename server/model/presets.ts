/**
 * Model sizes by name.
 *
 * T5-Small and T5-Medium are T5 v1.1's small and its doubled width. For T5-S, T5-M and T5-L Mazzawi et al. (2024)
 * give 95M, 317M and 1.1B parameters; S with 8 heads and d_ff 1536, doubled twice as fusion of two copies does,
 * has 95.8M, 317.5M and 1138M, of which those figures are the whole millions.
 */
import type { T5Configuration } from "../checkpoint/configuration";

type Sizes = Pick<T5Configuration, "d_model" | "d_ff" | "num_heads">;

const common = {
  relative_attention_num_buckets: 32,
  relative_attention_max_distance: 128,
  layer_norm_epsilon: 1e-6,
  initializer_factor: 1,
  pad_token_id: 0,
  eos_token_id: 1,
  decoder_start_token_id: 0,
} as const;

/** T5 v1.0's kind (tied, ReLU, scaled logits) over bytes, without dropout. */
function tiny(sizes: Sizes): T5Configuration {
  return {
    ...common,
    ...sizes,
    vocab_size: 384,
    d_kv: 24,
    num_layers: 2,
    num_decoder_layers: 2,
    dense_act_fn: "relu",
    is_gated_act: false,
    tie_word_embeddings: true,
    scale_decoder_outputs: true,
    dropout_rate: 0,
    fusion_parts: [sizes.d_model],
  };
}

/** T5 v1.1's kind (untied, gated GELU), which pre-trains without dropout. */
function version11(sizes: Sizes): T5Configuration {
  return {
    ...common,
    ...sizes,
    vocab_size: 32128,
    d_kv: 64,
    num_layers: 8,
    num_decoder_layers: 8,
    dense_act_fn: "gelu_new",
    is_gated_act: true,
    tie_word_embeddings: false,
    scale_decoder_outputs: false,
    dropout_rate: 0,
    fusion_parts: [sizes.d_model],
  };
}

/** Every preset that a recipe can name; `-wide` is what a fusion of two of the small one has. */
export const presets: Readonly<Record<string, T5Configuration>> = {
  "t5-nano": {
    ...tiny({ d_model: 16, num_heads: 2, d_ff: 32 }),
    d_kv: 8,
    num_layers: 1,
    num_decoder_layers: 1,
  },
  "t5-nano-wide": {
    ...tiny({ d_model: 32, num_heads: 4, d_ff: 64 }),
    d_kv: 8,
    num_layers: 1,
    num_decoder_layers: 1,
  },
  "t5-demo": tiny({ d_model: 48, num_heads: 2, d_ff: 192 }),
  "t5-demo-wide": tiny({ d_model: 96, num_heads: 4, d_ff: 384 }),
  "t5-small": version11({ d_model: 512, num_heads: 6, d_ff: 1024 }),
  "t5-medium": version11({ d_model: 1024, num_heads: 12, d_ff: 2048 }),
  "t5-s": version11({ d_model: 512, num_heads: 8, d_ff: 1536 }),
  "t5-m": version11({ d_model: 1024, num_heads: 16, d_ff: 3072 }),
  "t5-l": version11({ d_model: 2048, num_heads: 32, d_ff: 6144 }),
};
