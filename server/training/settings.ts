/** What one train stage does, as the recipe resolves it: every default filled in, every path absolute. */
import type { CorpusSettings, Objective } from "../data/settings";
import type { Precision } from "../engine/engine";

export interface ScheduleSettings {
  /** "wsd": flat, then linear to zero. */
  readonly kind: "inverse_sqrt" | "wsd" | "cosine" | "linear" | "constant";
  /** Learning rate at the top. inverse_sqrt: a factor of 1/sqrt(max(step + offset, 10000)). */
  readonly peak: number;
  /** Steps of linear warm-up from zero. */
  readonly warmup: number;
  /** Where cosine and linear end, as a fraction of peak. */
  readonly floor: number;
  /** wsd: fraction of the steps that the decay takes. */
  readonly decay: number;
  /** inverse_sqrt: added to the step. */
  readonly offset: number;
}

export type OptimizerSettings =
  | {
      readonly kind: "adafactor";
      readonly decay: number;
      readonly clipping: number;
      readonly multiply_by_parameter_scale: boolean;
    }
  | {
      readonly kind: "adamw";
      readonly beta1: number;
      readonly beta2: number;
      readonly epsilon: number;
      readonly weight_decay: number;
    }
  | { readonly kind: "sgd"; readonly momentum: number };

export interface TrainSettings {
  readonly corpus: CorpusSettings;
  /** "bytes", or the path of a tokenizer.json, spiece.model or checkpoint folder. */
  readonly tokenizer: string;
  readonly objective: Objective;
  /** Encoder tokens of an example; the decoder's length follows from the objective. */
  readonly inputs: number;
  /** Examples a step. */
  readonly batch: number;
  /** Examples that go through the model at once; divides `batch`. */
  readonly micro_batch: number;
  readonly steps: number;
  /** Of the data order and, for a new model, of its initial weights. */
  readonly seed: number;
  readonly optimizer: OptimizerSettings;
  readonly schedule: ScheduleSettings;
  /** Global norm above which gradients are scaled down; 0: never. */
  readonly gradient_clipping: number;
  readonly precision: Precision;
  /** Whether the backward pass computes anew what it needs of the forward pass. */
  readonly recompute: boolean;
  readonly evaluate_every: number;
  /** Held-out examples of a validation. */
  readonly evaluate_examples: number;
  readonly checkpoint_every: number;
  readonly heatmaps_every: number;
}
