/** A model of the recipe with every dimension filled in. */
import type { T5Configuration } from "../checkpoint/configuration";
import { presets } from "../model/presets";
import type { FeedForward, ModelEntry } from "./recipe";

type Kind = Pick<T5Configuration, "dense_act_fn" | "is_gated_act">;

const feedForward: Readonly<Record<FeedForward, Kind>> = {
  relu: { dense_act_fn: "relu", is_gated_act: false },
  gelu: { dense_act_fn: "gelu", is_gated_act: false },
  silu: { dense_act_fn: "silu", is_gated_act: false },
  "gated-relu": { dense_act_fn: "relu", is_gated_act: true },
  "gated-gelu": { dense_act_fn: "gelu_new", is_gated_act: true },
  "gated-silu": { dense_act_fn: "silu", is_gated_act: true },
};

/** What a model without preset has to say itself; everything else is as T5 v1.1 has it. */
export const requiredWithoutPreset = ["d_model", "d_ff", "num_heads", "num_layers"] as const;

/** T5 has 32100 pieces in 32128 rows: whole multiples of 128, which products like. */
export function vocabularyRows(pieces: number): number {
  return Math.ceil(pieces / 128) * 128;
}

/**
 * @param vocabulary ids that the tokenizer has
 * @throws {RangeError} a preset that there is not
 */
export function modelConfiguration(entry: ModelEntry, vocabulary: number): T5Configuration {
  const { preset: name = "t5-small", feed_forward_proj, ...given } = entry;
  const preset = presets[name];
  if (preset === undefined) throw new RangeError(`Cannot use the preset "${name}": there is none`);
  const configuration = {
    ...preset,
    num_decoder_layers: given.num_layers ?? preset.num_decoder_layers,
    scale_decoder_outputs: given.tie_word_embeddings ?? preset.scale_decoder_outputs,
    vocab_size: vocabularyRows(vocabulary),
    ...(feed_forward_proj === undefined ? {} : feedForward[feed_forward_proj]),
    ...given,
  };
  return { ...configuration, fusion_parts: [configuration.d_model] };
}
