/** A recipe as written: checked, but without defaults. Keys are those of the file. */

export interface CorpusEntry {
  readonly files?: readonly string[];
  readonly embedded?: readonly ("moby-dick" | "sotu")[];
  readonly field?: string;
  readonly column?: string;
  readonly holdout?: number;
}

export type FeedForward = "relu" | "gelu" | "silu" | "gated-gelu" | "gated-silu" | "gated-relu";

export interface ModelEntry {
  readonly preset?: string;
  readonly d_model?: number;
  readonly d_kv?: number;
  readonly d_ff?: number;
  readonly num_heads?: number;
  readonly num_layers?: number;
  readonly num_decoder_layers?: number;
  readonly feed_forward_proj?: FeedForward;
  readonly vocab_size?: number;
  readonly relative_attention_num_buckets?: number;
  readonly relative_attention_max_distance?: number;
  readonly layer_norm_epsilon?: number;
  readonly dropout_rate?: number;
  readonly initializer_factor?: number;
  readonly tie_word_embeddings?: boolean;
  readonly scale_decoder_outputs?: boolean;
}

export type ScheduleKind = "inverse_sqrt" | "wsd" | "cosine" | "linear" | "constant";

export interface ScheduleEntry {
  readonly kind?: ScheduleKind;
  readonly peak?: number;
  readonly warmup?: number;
  readonly floor?: number;
  readonly decay?: number;
  readonly offset?: number;
}

export interface OptimizerEntry {
  readonly kind?: "adafactor" | "adamw" | "sgd";
  readonly decay?: number;
  readonly clipping?: number;
  readonly multiply_by_parameter_scale?: boolean;
  readonly beta1?: number;
  readonly beta2?: number;
  readonly epsilon?: number;
  readonly weight_decay?: number;
  readonly momentum?: number;
}

export interface TrainEntry {
  readonly corpus?: string;
  readonly inputs?: number;
  readonly batch?: number;
  readonly micro_batch?: number;
  readonly steps?: number;
  readonly seed?: number;
  readonly optimizer?: OptimizerEntry;
  readonly schedule?: ScheduleEntry;
  readonly gradient_clipping?: number;
  readonly precision?: "float32" | "float16";
  readonly recompute?: boolean;
  readonly evaluate_every?: number;
  readonly evaluate_examples?: number;
  readonly checkpoint_every?: number;
  readonly heatmaps_every?: number;
}

export interface TrainStageEntry extends TrainEntry {
  readonly train: string;
}

export interface FuseStageEntry {
  readonly fuse: readonly string[];
  readonly copies?: number;
  readonly method?: "property" | "rule" | "calibrated";
  readonly fill?: number;
  readonly seed?: number;
  readonly optimizer?: "grow" | "reset";
}

export interface ImportStageEntry {
  readonly import: string;
}

export interface EvaluateStageEntry {
  readonly evaluate: readonly string[];
  readonly corpus?: string;
  readonly inputs?: number;
  readonly batch?: number;
  readonly examples?: number;
}

export type StageEntry = TrainStageEntry | FuseStageEntry | ImportStageEntry | EvaluateStageEntry;

export interface Recipe {
  readonly version: "1";
  readonly corpora: Readonly<Record<string, CorpusEntry>>;
  readonly objective?: { readonly noise_density?: number; readonly mean_span_length?: number };
  readonly tokenizer?: string;
  readonly models: Readonly<Record<string, ModelEntry>>;
  readonly defaults?: { readonly train?: TrainEntry };
  readonly stages: Readonly<Record<string, StageEntry>>;
}

/** What a stage needs done before it. */
export function stageInputs(
  entry: StageEntry,
  stages: { has(name: string): boolean },
): readonly string[] {
  if ("train" in entry) return stages.has(entry.train) ? [entry.train] : [];
  if ("fuse" in entry) return [...new Set(entry.fuse)];
  if ("evaluate" in entry) return [...new Set(entry.evaluate)];
  return [];
}
