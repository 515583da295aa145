/** What training a model takes of the memory, roughly: to decide how many stages fit side by side, not to the byte. */
import type { T5Configuration } from "../checkpoint/configuration";
import { parameterCount } from "../checkpoint/parameters";
import type { StepSettings } from "./learner";

const floatBytes = 4;
/** Measured: Node, this program, the engine and the data worker. */
const programBytes = 250 * 2 ** 20;
/** Measured: what onnxruntime takes of the memory for what it uses at once. */
const unused = 1.3;

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
  settings: StepSettings,
  targets: number,
): number {
  const { micro_batch, optimizer, precision, recompute } = settings;
  const rounded = precision === "float16" ? 0.5 : 0;
  const copies = rounded + (optimizer.kind === "adamw" ? 4 : optimizer.kind === "sgd" ? 3 : 2);
  const kept = (recompute ? keptByRecomputing : keptOfLayers)(configuration, {
    ...{ inputs: settings.inputs, targets },
  });
  const logits = targets * configuration.vocab_size * 4;
  const activations = unused * micro_batch * (kept + logits);
  return floatBytes * (copies * parameterCount(configuration) + activations);
}

interface Lengths {
  readonly inputs: number;
  readonly targets: number;
}

/** Floats of an example that each sublayer's gradients are made of. */
function keptOfLayers(configuration: T5Configuration, { inputs, targets }: Lengths): number {
  const { num_layers, num_decoder_layers } = configuration;
  const { attention, feedForward } = sublayers(configuration);
  const encoder = num_layers * inputs * (attention(inputs) + feedForward);
  const decoder =
    num_decoder_layers * targets * (attention(targets) + attention(inputs) + feedForward);
  return encoder + decoder;
}

/** The residual stream at every sublayer, and the largest sublayer with the gradients that are taken in it. */
function keptByRecomputing(configuration: T5Configuration, { inputs, targets }: Lengths): number {
  const { d_model, num_layers, num_decoder_layers } = configuration;
  const { attention, feedForward } = sublayers(configuration);
  const stream = d_model * (2 * num_layers * inputs + 3 * num_decoder_layers * targets);
  const longest = Math.max(inputs, targets);
  return stream + 2 * longest * Math.max(attention(longest), feedForward);
}

/** Floats a token. */
function sublayers({ d_model, d_ff, d_kv, num_heads, is_gated_act }: T5Configuration) {
  return {
    attention: (keys: number) => 2 * d_model + 6 * num_heads * d_kv + num_heads * keys,
    feedForward: 2 * d_model + d_ff * (is_gated_act ? 5 : 2),
  };
}
