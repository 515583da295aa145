/** A T5's dimensions and special ids, under the names of Hugging Face's config.json. */
export interface T5Configuration {
  readonly vocab_size: number;
  readonly d_model: number;
  readonly d_kv: number;
  readonly d_ff: number;
  readonly num_heads: number;
  readonly num_layers: number;
  readonly num_decoder_layers: number;
  readonly relative_attention_num_buckets: number;
  readonly relative_attention_max_distance: number;
  readonly layer_norm_epsilon: number;
  readonly initializer_factor: number;
  /** Inside the feed-forward layer; "gelu_new" is the tanh form, "gelu" the erf form. */
  readonly dense_act_fn: "relu" | "gelu" | "gelu_new" | "silu";
  readonly is_gated_act: boolean;
  /** Whether lm_head is the transposed embedding. */
  readonly tie_word_embeddings: boolean;
  /** Whether the decoder's output is multiplied by d_model^-1/2 before the head. */
  readonly scale_decoder_outputs: boolean;
  readonly dropout_rate: number;
  readonly pad_token_id: number;
  readonly eos_token_id: number;
  readonly decoder_start_token_id: number;
  /** Widths of the parts that are normalised on their own (property children); one part: plain RMSNorm. */
  readonly fusion_parts: readonly number[];
}
