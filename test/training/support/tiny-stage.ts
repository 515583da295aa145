/** A train stage small enough for a unit test. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { T5Configuration } from "../../../server/checkpoint/configuration";
import { systemClock } from "../../../server/training/clock";
import type { Engine } from "../../../server/engine/engine";
import type { TrainSettings } from "../../../server/training/settings";
import type { TrainOptions } from "../../../server/training/stage";
import { distUrl } from "../../support/dist";

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
  recompute: false,
  precision: "float32",
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

/** A folder with a corpus in it, beside which tinyStage() keeps stages. */
export function withCorpus<Result>(body: (folder: string) => Promise<Result>): Promise<Result> {
  return withFolder(async (folder) => {
    await writeFile(join(folder, corpusName), corpusLines());
    return body(folder);
  });
}

const corpusName = "corpus.jsonl";

/** Counting rhymes: little text, and something to learn in it. */
function corpusLines(): string {
  const words = ["one", "two", "three", "four", "five", "six", "seven"];
  const text = (first: number) => words.map((_, i) => words[(first * i + i) % 7]).join(" ");
  const lines = Array.from({ length: 200 }, (_, first) => `${text(first)} ${first}`);
  return lines.map((line) => JSON.stringify({ text: line })).join("\n");
}

/** The stage called `name`, in a folder that withCorpus() made. */
export function tinyStage(
  engine: Engine,
  [folder, name]: readonly [folder: string, name: string],
  settings: Partial<TrainSettings> = {},
): TrainOptions {
  const source = { kind: "files", globs: [join(folder, corpusName)] } as const;
  const corpus = { ...tinySettings.corpus, source };
  return {
    engine,
    settings: { ...tinySettings, corpus, ...settings },
    start: { kind: "initialise", configuration: tinyModel },
    directory: join(folder, name),
    dataWorker: distUrl("data-worker.js"),
    weightsWorker: distUrl("weights-worker.js"),
    createdBy: "deep-fusion test",
    clock: systemClock,
  };
}
