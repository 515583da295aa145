/** The models and batches on which the T5 is compared with transformers; all follow from their number. */
import type { T5Configuration } from "../../server/checkpoint/configuration";
import type { HostTensors } from "../../server/engine/engine";
import { ignoredLabel } from "../../server/engine/operations";
import { type BatchShape, shiftRight } from "../../server/model/batch";
import { initialWeight } from "../../server/model/initialise";
import { uniform } from "../../server/random/draw";
import { goldenNormals } from "./normals";
import { streamKey } from "../../server/random/threefry";

export interface GoldenCase {
  readonly name: string;
  readonly configuration: T5Configuration;
  readonly shape: BatchShape;
  readonly weight: (name: string) => Float32Array;
  /** input_ids, labels with ignored ones, decoder_input_ids and, where masked, attention_mask. */
  readonly batch: HostTensors;
}

const feedForwards = [
  { dense_act_fn: "relu", is_gated_act: false },
  { dense_act_fn: "gelu_new", is_gated_act: true },
  { dense_act_fn: "silu", is_gated_act: true },
  { dense_act_fn: "gelu", is_gated_act: false },
] as const;

/** Twenty: what is a choice of few takes turns, sizes are drawn. */
export function goldenCases(): GoldenCase[] {
  return Array.from({ length: 20 }, (_, number) => goldenCase(number));
}

function goldenCase(number: number): GoldenCase {
  const configuration = randomConfiguration(number);
  const draw = drawer(number, "shape");
  const shape = {
    examples: draw(1, 3),
    inputs: draw(4, 40),
    // Every third is longer than the distance at which the last bucket begins.
    targets: number % 3 === 0 ? configuration.relative_attention_max_distance + 7 : draw(3, 20),
    masked: number % 2 === 1,
  };
  return {
    name: `case-${String(number).padStart(2, "0")}`,
    configuration,
    shape,
    weight: (name) => trainedLooking(configuration, name, number),
    batch: randomBatch(configuration, shape, number),
  };
}

function randomConfiguration(number: number): T5Configuration {
  const draw = drawer(number, "configuration");
  const d_model = draw(7, 33);
  return {
    vocab_size: draw(31, 80),
    d_model,
    d_kv: draw(3, 12),
    d_ff: draw(5, 50),
    num_heads: number % 5 === 0 ? 1 : draw(2, 5),
    num_layers: draw(1, 3),
    num_decoder_layers: draw(1, 3),
    relative_attention_num_buckets: number % 2 === 0 ? 16 : 32,
    relative_attention_max_distance: draw(20, 40),
    layer_norm_epsilon: 1e-6,
    initializer_factor: 1,
    ...feedForwards[number % feedForwards.length]!,
    tie_word_embeddings: number % 8 < 4,
    scale_decoder_outputs: number % 3 !== 1,
    dropout_rate: 0,
    pad_token_id: 0,
    eos_token_id: 1,
    decoder_start_token_id: number % 7 === 6 ? 2 : 0,
    fusion_parts: [d_model],
  };
}

/** Initial weights leave attention nearly uniform and norms at one, which would hide mistakes in both. */
function trainedLooking(configuration: T5Configuration, name: string, seed: number): Float32Array {
  const { d_model, d_kv } = configuration;
  const values = initialWeight(configuration, name, seed);
  if (name.endsWith("layer_norm.weight")) {
    goldenNormals(values, streamKey(seed, name), 0.2);
    return values.map((value) => 1 + value);
  }
  if (name.endsWith(".q.weight")) return values.map((value) => value * Math.sqrt(d_kv));
  if (name.includes("relative")) return values.map((value) => value * Math.sqrt(d_model));
  return values;
}

function randomBatch(
  configuration: T5Configuration,
  shape: BatchShape,
  number: number,
): HostTensors {
  const { examples, inputs, targets, masked } = shape;
  const tokens = (stream: string, length: number) => {
    const draw = drawer(number, stream);
    return Int32Array.from({ length }, () => draw(2, configuration.vocab_size - 1));
  };
  const labels = tokens("labels", examples * targets);
  const input_ids = tokens("input_ids", examples * inputs);
  if (!masked)
    return { input_ids, labels, decoder_input_ids: shiftRight(labels, shape, configuration) };

  const attention_mask = new Float32Array(input_ids.length).fill(1);
  const draw = drawer(number, "padding");
  for (let example = 0; example < examples; example++) {
    const from = draw(1, inputs - 1);
    attention_mask.fill(0, example * inputs + from, (example + 1) * inputs);
    input_ids.fill(configuration.pad_token_id, example * inputs + from, (example + 1) * inputs);
    labels.fill(ignoredLabel, example * targets + draw(1, targets), (example + 1) * targets);
  }
  const decoder_input_ids = shiftRight(labels, shape, configuration);
  return { input_ids, labels, decoder_input_ids, attention_mask };
}

/** Whole numbers between two bounds, both included, one after the other. */
function drawer(number: number, stream: string): (from: number, to: number) => number {
  const key = streamKey(number, `golden/${stream}`);
  let drawn = 0;
  return (from, to) => from + Math.floor(uniform(key, drawn++) * (to - from + 1));
}
