/**
 * What a training step costs in floating-point operations.
 *
 * Counts the matrix products, 2 m n k each; the backward pass has two products for every one of the forward
 * pass, so a step is three times the forward count (Kaplan et al. 2020, section 2.1).
 */
import type { T5Configuration } from "../checkpoint/configuration";
import type { BatchShape } from "./batch";

/** Forward and backward pass of one batch, without the optimizer. */
export function stepFlops(configuration: T5Configuration, shape: BatchShape): number {
  return 3 * forwardFlops(configuration, shape);
}

/** Forward pass of one batch. */
export function forwardFlops(configuration: T5Configuration, shape: BatchShape): number {
  const { d_model, d_ff, num_heads, d_kv, vocab_size, is_gated_act } = configuration;
  const { examples, inputs, targets } = shape;
  const inner = num_heads * d_kv;
  const projection = 2 * d_model * inner;
  const attention = (queries: number, keys: number) =>
    projection * 2 * (queries + keys) + 4 * queries * keys * inner;
  const feedForward = (tokens: number) => 2 * tokens * d_model * d_ff * (is_gated_act ? 3 : 2);
  const encoder = configuration.num_layers * (attention(inputs, inputs) + feedForward(inputs));
  const decoder =
    configuration.num_decoder_layers *
    (attention(targets, targets) + attention(targets, inputs) + feedForward(targets));
  return examples * (encoder + decoder + 2 * targets * d_model * vocab_size);
}
