/** What a reader is told of a model's size. */
import type { T5Configuration } from "../checkpoint/configuration";
import type { ModelDimensions } from "../protocol/checkpoint";

export function modelDimensions(configuration: T5Configuration): ModelDimensions {
  const { d_model, d_kv, d_ff, num_heads, num_layers, num_decoder_layers } = configuration;
  return { d_model, d_kv, d_ff, num_heads, num_layers, num_decoder_layers };
}
