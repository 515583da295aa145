/** A model's dimensions in a few words. */
import type { T5Configuration } from "../checkpoint/configuration";

export function modelSizes(configuration: T5Configuration): string {
  const { d_model, d_kv, d_ff, num_heads, num_layers, num_decoder_layers } = configuration;
  return `d_model ${d_model}, ${num_heads} heads of ${d_kv}, d_ff ${d_ff}, ${num_layers} + ${num_decoder_layers} layers`;
}
