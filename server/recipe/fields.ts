/**
 * The recipe language as one table: every key with its type, default, meaning and source. Validation, defaults,
 * docs/recipe.md, completion and hover all read it.
 */
import { presets } from "../model/presets";
import type { Fields, NumberType } from "./schema";
import { trainFields } from "./train-fields";

const wholeFrom = (least: number, most: number = Number.MAX_SAFE_INTEGER): NumberType => ({
  kind: "number",
  whole: true,
  least,
  most,
});

export const corpusFields: Fields = {
  files: {
    type: {
      kind: "list",
      items: { kind: "text", what: "a file name or glob, or hf://datasets/OWNER/NAME/PATH" },
    },
    meaning:
      "Text files by name or glob, relative to the recipe: .txt (one document a file), .jsonl, .jsonl.gz or .parquet (one document a row). Of a data set on the Hugging Face Hub: hf://datasets/OWNER/NAME/PATH or hf://datasets/OWNER/NAME@REVISION/PATH, globs too; its files are read as they arrive, and kept in the cache that Python uses too.",
  },
  embedded: {
    type: { kind: "list", items: { kind: "choice", values: ["moby-dick", "sotu"] } },
    meaning:
      "Texts that come with the program, free to use: Moby Dick, and the State of the Union addresses. Instead of `files`.",
  },
  field: {
    type: { kind: "text", what: "a field name" },
    default: "text",
    meaning: "The field of a .jsonl line that holds its text.",
    source: "C4's shards",
  },
  column: {
    type: { kind: "text", what: "a column name" },
    default: "text",
    meaning: "The column of a .parquet file that holds the text.",
  },
  holdout: {
    type: { kind: "number", whole: false, least: 0, most: 1, open: "both" },
    default: 0.02,
    meaning:
      "Fraction of the text that is held out for validation, chosen by the hash of its content, so that it is never trained on.",
  },
};

export const objectiveFields: Fields = {
  noise_density: {
    type: { kind: "number", whole: false, least: 0, most: 1, open: "both" },
    default: 0.15,
    meaning: "Fraction of the tokens that are hidden behind sentinels and become the target.",
    source: "Raffel et al. 2020, section 3.1.4",
  },
  mean_span_length: {
    type: { kind: "number", whole: false, least: 1, most: 1000 },
    default: 3,
    meaning: "Mean length of a hidden span, in tokens.",
    source: "Raffel et al. 2020, section 3.3.4",
  },
};

const likePreset = "as the preset has it";

export const modelFields: Fields = {
  preset: {
    type: { kind: "choice", values: Object.keys(presets) },
    defaultText: "none: then `d_model`, `d_ff`, `num_heads` and `num_layers` are required",
    meaning: "A known size to start from; every other key here overrides it.",
    source: "T5 v1.1's and Mazzawi et al. 2024's sizes",
  },
  d_model: {
    type: wholeFrom(1, 65_536),
    defaultText: likePreset,
    meaning: "Width of the residual stream.",
  },
  d_kv: {
    type: wholeFrom(1, 4096),
    defaultText: "as the preset has it, otherwise 64",
    meaning: "Width of one attention head.",
  },
  d_ff: {
    type: wholeFrom(1, 262_144),
    defaultText: likePreset,
    meaning: "Width inside the feed-forward layer.",
  },
  num_heads: {
    type: wholeFrom(1, 1024),
    defaultText: likePreset,
    meaning: "Attention heads a layer.",
  },
  num_layers: { type: wholeFrom(1, 256), defaultText: likePreset, meaning: "Encoder layers." },
  num_decoder_layers: {
    type: wholeFrom(1, 256),
    defaultText: "`num_layers` where that is given, otherwise as the preset has it",
    meaning: "Decoder layers.",
  },
  feed_forward_proj: {
    type: {
      kind: "choice",
      values: ["relu", "gelu", "silu", "gated-gelu", "gated-silu", "gated-relu"],
    },
    defaultText: "as the preset has it, otherwise gated-gelu",
    meaning:
      "Activation of the feed-forward layer; gated-gelu uses the tanh form, gelu the erf form.",
    source: "Hugging Face's T5Config",
  },
  vocab_size: {
    type: wholeFrom(8, 1_048_576),
    defaultText: "the tokenizer's vocabulary, rounded up to a multiple of 128",
    meaning:
      "Rows of the embedding; at least the tokenizer's vocabulary, and equal in all parents of a fusion.",
    source: "T5's 32100 pieces in 32128 rows",
  },
  relative_attention_num_buckets: {
    type: wholeFrom(4, 4096),
    defaultText: "as the preset has it, otherwise 32",
    meaning: "Buckets of the relative position bias; even.",
  },
  relative_attention_max_distance: {
    type: wholeFrom(2, 1_000_000),
    defaultText: "as the preset has it, otherwise 128",
    meaning: "Distance from which on all positions share the last bucket.",
  },
  layer_norm_epsilon: {
    type: { kind: "number", whole: false, least: 0, most: 1, open: "both" },
    defaultText: "as the preset has it, otherwise 1e-6",
    meaning: "Added to the mean square inside RMSNorm.",
  },
  dropout_rate: {
    type: { kind: "number", whole: false, least: 0, most: 1, open: "most" },
    defaultText: "0, as all presets have it",
    meaning:
      "Written into config.json, for whoever trains the checkpoint elsewhere; training here drops nothing, whatever it is. Equal in all parents of a fusion: T5s from elsewhere mostly have 0.1.",
    source: "Hugging Face's T5Config",
  },
  initializer_factor: {
    type: { kind: "number", whole: false, least: 0, most: 100, open: "least" },
    defaultText: "as the preset has it, otherwise 1",
    meaning: "Factor of all initial weights.",
  },
  tie_word_embeddings: {
    type: { kind: "boolean" },
    defaultText: "as the preset has it, otherwise false",
    meaning: "Whether the output layer is the transposed embedding (T5 v1.0).",
  },
  scale_decoder_outputs: {
    type: { kind: "boolean" },
    defaultText: "`tie_word_embeddings` where that is given, otherwise as the preset has it",
    meaning: "Whether the decoder's output is multiplied by d_model^-1/2 before the output layer.",
  },
};

const trainStageFields: Fields = {
  train: {
    type: { kind: "reference", to: ["model", "stage"] },
    required: true,
    meaning:
      "What is trained: a model, from fresh weights; or a stage, from its last checkpoint (its optimizer state too, where it has one of the same kind).",
  },
  ...trainFields,
};

export const fuseStageFields: Fields = {
  fuse: {
    type: { kind: "list", items: { kind: "reference", to: ["stage"] } },
    required: true,
    meaning:
      "The parents: two stages or more; or one, with `copies`. A checkpoint on the Hugging Face Hub, as hf://OWNER/NAME, may stand for a stage that imports it.",
  },
  copies: {
    type: wholeFrom(2, 64),
    defaultText: "1",
    meaning: "How many times the one parent is taken: fusion of a model with itself.",
  },
  method: {
    type: { kind: "choice", values: ["property", "rule", "calibrated"] },
    defaultText: "property; rule for copies of one parent, where it is exact",
    meaning:
      "How norms are fused. property: each part on its own, exact, needs its own model code. rule: one norm over all, loads in stock transformers; exact for copies of one parent, drifts otherwise. calibrated: rule, with scales measured on probe batches.",
    source: "Mazzawi et al. 2024, section 4",
  },
  fill: {
    type: { kind: "number", whole: false, least: 0, most: 10 },
    default: 0,
    meaning:
      "Standard deviation of the off-diagonal blocks' initial values, as a fraction of the kernel's own; 0 leaves them zero.",
    source: "Mazzawi et al. 2024, section 5.1, made relative",
  },
  seed: { type: wholeFrom(0, 4_294_967_295), default: 0, meaning: "Of the fill's random values." },
  optimizer: {
    type: { kind: "choice", values: ["grow", "reset"] },
    defaultText: "grow where all parents have a state of the same optimizer, otherwise reset",
    meaning:
      "Whether the parents' optimizer state grows with the weights, or the child starts without.",
  },
};

const importStageFields: Fields = {
  import: {
    type: { kind: "text", what: "a checkpoint folder, or hf://OWNER/NAME" },
    required: true,
    meaning:
      "A T5 checkpoint in Hugging Face layout, relative to the recipe; or one on the Hugging Face Hub: hf://OWNER/NAME, or hf://OWNER/NAME@REVISION with a branch, tag or commit. It is copied into the run, which keeps to the commit that it found first.",
  },
};

export const evaluateStageFields: Fields = {
  evaluate: {
    type: { kind: "list", items: { kind: "reference", to: ["stage"] } },
    required: true,
    meaning: "Stages whose last checkpoints are measured on the same held-out examples.",
  },
  corpus: {
    type: { kind: "reference", to: ["corpus"] },
    defaultText: "`defaults.train.corpus`, or the only corpus there is",
    meaning: "Whose held-out part is used.",
  },
  inputs: {
    type: wholeFrom(8, 65_536),
    defaultText: "`defaults.train.inputs`, otherwise 512",
    meaning: "Encoder tokens of an example.",
  },
  batch: {
    type: wholeFrom(1, 65_536),
    defaultText: "`defaults.train.micro_batch` or `batch`, otherwise 16",
    meaning: "Examples that go through the model at once; no effect on the result but rounding.",
  },
  examples: {
    type: wholeFrom(1, 10_000_000),
    default: 1024,
    meaning: "Held-out examples at most.",
  },
};

export const stageFields = {
  train: trainStageFields,
  fuse: fuseStageFields,
  import: importStageFields,
  evaluate: evaluateStageFields,
} as const satisfies Record<string, Fields>;

export const recipeFields: Fields = {
  version: {
    type: { kind: "choice", values: ["1"] },
    required: true,
    meaning: "The version of this language.",
  },
  corpora: {
    type: { kind: "named", what: "corpus", values: { kind: "object", fields: corpusFields } },
    meaning: "The texts, by name.",
  },
  objective: {
    type: { kind: "object", fields: objectiveFields },
    meaning: "Span corruption: hide spans of the text, and let the model write them.",
    source: "Raffel et al. 2020, section 3.1.4",
  },
  tokenizer: {
    type: {
      kind: "text",
      what: "bytes, or a tokenizer.json, spiece.model or checkpoint folder, or hf://OWNER/NAME",
    },
    default: "bytes",
    meaning:
      "How text becomes tokens; bytes is ByT5's vocabulary and needs no file, hf://OWNER/NAME is that of a model on the Hugging Face Hub.",
  },
  models: {
    type: { kind: "named", what: "model", values: { kind: "object", fields: modelFields } },
    meaning: "The T5s that stages train from fresh weights, by name.",
  },
  defaults: {
    type: {
      kind: "object",
      fields: {
        train: {
          type: { kind: "object", fields: trainFields },
          meaning: "Settings of every train stage that does not give its own.",
        },
      },
    },
    meaning: "What stages have in common.",
  },
  stages: {
    type: { kind: "named", what: "stage", values: { kind: "variant", options: stageFields } },
    required: true,
    meaning:
      "The work, by name. Stages refer to each other and form a graph; independent ones can run side by side.",
  },
};
