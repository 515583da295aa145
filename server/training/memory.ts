/** What training a model takes of the memory, roughly: to decide how many stages fit side by side, not to the byte. */
import type { T5Configuration } from "../checkpoint/configuration";
import { parameterCount } from "../checkpoint/parameters";
import type { StepSettings } from "./learner";

const floatBytes = 4;
/** Measured: Node, this program, the engine and the data worker. */
const programBytes = 250 * 2 ** 20;

/** Of the process's memory, where it computes there. */
export function trainingBytes(
  configuration: T5Configuration,
  settings: StepSettings,
  targets: number,
): number {
  return programBytes + tensorBytes(configuration, settings, targets);
}

/** Weights, gradients, optimizer state and what the backward pass keeps of the forward pass. */
export function tensorBytes(
  configuration: T5Configuration,
  { micro_batch, inputs, optimizer, precision }: StepSettings,
  targets: number,
): number {
  const { d_model, d_ff, num_heads, d_kv, vocab_size, num_layers, num_decoder_layers } =
    configuration;
  const rounded = precision === "float16" ? 0.5 : 0;
  const copies = rounded + (optimizer.kind === "adamw" ? 4 : optimizer.kind === "sgd" ? 3 : 2);
  const inner = num_heads * d_kv;
  const feedForward = d_model * 4 + d_ff * (configuration.is_gated_act ? 6 : 3);
  const attention = (keys: number) => d_model * 4 + inner * 6 + num_heads * keys * 4;
  const encoder = num_layers * inputs * (attention(inputs) + feedForward);
  const decoder =
    num_decoder_layers * targets * (attention(targets) + attention(inputs) + feedForward);
  const logits = targets * vocab_size * 4;
  const activations = micro_batch * (encoder + decoder + logits);
  return floatBytes * (copies * parameterCount(configuration) + activations);
}
