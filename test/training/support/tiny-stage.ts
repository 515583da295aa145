/** A train stage small enough for a unit test: a few seconds' worth of steps on the reference engine. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { T5Configuration } from "../../../server/checkpoint/configuration";
import { systemClock } from "../../../server/training/clock";
import type { TrainSettings } from "../../../server/training/settings";
import type { TrainOptions } from "../../../server/training/stage";
import { distUrl } from "../../support/dist";
import { referenceEngine } from "../../support/reference-engine";

export const tinyModel: T5Configuration = {
  vocab_size: 384,
  d_model: 16,
  d_kv: 8,
  d_ff: 24,
  num_heads: 2,
  num_layers: 1,
  num_decoder_layers: 1,
  relative_attention_num_buckets: 8,
  relative_attention_max_distance: 16,
  layer_norm_epsilon: 1e-6,
  initializer_factor: 1,
  dense_act_fn: "relu",
  is_gated_act: false,
  tie_word_embeddings: true,
  scale_decoder_outputs: true,
  dropout_rate: 0,
  pad_token_id: 0,
  eos_token_id: 1,
  decoder_start_token_id: 0,
  fusion_parts: [16],
};

export const tinySettings: TrainSettings = {
  corpus: {
    name: "sotu",
    source: { kind: "embedded", names: ["sotu"] },
    field: "text",
    column: "text",
    holdout: 0.1,
  },
  tokenizer: "bytes",
  objective: { noise_density: 0.5, mean_span_length: 4 },
  inputs: 12,
  batch: 4,
  micro_batch: 4,
  steps: 6,
  seed: 1,
  optimizer: { kind: "adafactor", decay: 0.8, clipping: 1, multiply_by_parameter_scale: true },
  schedule: { kind: "wsd", peak: 0.02, warmup: 0, floor: 0, decay: 0.3, offset: 0 },
  gradient_clipping: 0,
  evaluate_every: 3,
  evaluate_examples: 6,
  checkpoint_every: 2,
  heatmaps_every: 3,
};

/** Runs `body` with a folder of its own, which is gone afterwards. */
export async function withFolder<Result>(
  body: (folder: string) => Promise<Result>,
): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), "train-stage-"));
  try {
    return await body(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

export function tinyStage(directory: string, settings: Partial<TrainSettings> = {}): TrainOptions {
  return {
    engine: referenceEngine(),
    settings: { ...tinySettings, ...settings },
    start: { kind: "initialise", configuration: tinyModel },
    directory,
    dataWorker: distUrl("data-worker.js"),
    createdBy: "deep-fusion test",
    clock: systemClock,
  };
}
