import type { T5Configuration } from "../../../server/checkpoint/configuration";

/** google/t5-v1_1-small. */
export const v11Small: T5Configuration = {
  vocab_size: 32128,
  d_model: 512,
  d_kv: 64,
  d_ff: 1024,
  num_heads: 6,
  num_layers: 8,
  num_decoder_layers: 8,
  relative_attention_num_buckets: 32,
  relative_attention_max_distance: 128,
  layer_norm_epsilon: 1e-6,
  initializer_factor: 1,
  dense_act_fn: "gelu_new",
  is_gated_act: true,
  tie_word_embeddings: false,
  scale_decoder_outputs: false,
  dropout_rate: 0.1,
  pad_token_id: 0,
  eos_token_id: 1,
  decoder_start_token_id: 0,
  fusion_parts: [512],
};

/** google-t5/t5-small, of the first release. */
export const v10Small: T5Configuration = {
  ...v11Small,
  d_ff: 2048,
  num_heads: 8,
  num_layers: 6,
  num_decoder_layers: 6,
  dense_act_fn: "relu",
  is_gated_act: false,
  tie_word_embeddings: true,
  scale_decoder_outputs: true,
};

/** Small enough for a test to write; sizes unlike each other, so that a swapped axis shows. */
export const tiny: T5Configuration = {
  ...v11Small,
  vocab_size: 19,
  d_model: 6,
  d_kv: 5,
  d_ff: 7,
  num_heads: 3,
  num_layers: 2,
  num_decoder_layers: 1,
  relative_attention_num_buckets: 8,
  relative_attention_max_distance: 16,
  fusion_parts: [6],
};
