/**
 * config.json of a T5, as transformers of the last years wrote it, and as we write it.
 *
 * What differs between files:
 * - transformers 5 writes `tie_word_embeddings: true` for every T5 and tells the head's scaling by
 *   `scale_decoder_outputs`; older ones write neither scaling key and scale exactly when tied. Whether a file
 *   of transformers 5 is tied shows only in whether it has lm_head (see tieAuthority()).
 * - `feed_forward_proj: "gated-gelu"` is the tanh form; `dense_act_fn` and `is_gated_act` win where present.
 * - `num_decoder_layers` and `relative_attention_max_distance` may be absent.
 */
import type { T5Configuration } from "./configuration";
import { activation, feedForwardProjection } from "./feed-forward-kind";
import { ConfigReader, largestDimension } from "./config-reader";
import { isObject, shown, type JsonObject } from "./json";
import type { WrittenDtype } from "./safetensors-writer";

/** Ours: a T5 whose norms work on each part of the width. */
export const propertyModelType = "deep_fusion_t5";

/** Beyond this a file is damaged or hostile, and a list of its tensors would fill the memory. */
const mostLayers = 1000;

const architectures: readonly unknown[] = [
  "T5ForConditionalGeneration",
  "T5WithLMHeadModel",
  "MT5ForConditionalGeneration",
  "DeepFusionT5ForConditionalGeneration",
];

/**
 * @param file only for messages
 * @throws {SyntaxError} not an object
 * @throws {RangeError} values that are missing, of another type, out of range or not supported: all of them
 */
export function parseConfiguration(json: unknown, file: string): T5Configuration {
  if (!isObject(json)) {
    throw new SyntaxError(`Cannot read ${file}: expected an object, found ${shown(json)}`);
  }
  checkArchitecture(json, file);
  const read = new ConfigReader(json, file);
  const num_layers = read.integer("num_layers", { from: 1, to: mostLayers });
  const vocab_size = read.dimension("vocab_size");
  const id = (key: string, absent: number) =>
    read.integer(key, { from: 0, to: vocab_size - 1, absent });
  const pad_token_id = id("pad_token_id", 0);
  const d_model = read.dimension("d_model");
  const configuration: T5Configuration = {
    vocab_size,
    d_model,
    d_kv: read.dimension("d_kv"),
    d_ff: read.dimension("d_ff"),
    num_heads: read.dimension("num_heads"),
    num_layers,
    num_decoder_layers: read.integer("num_decoder_layers", {
      from: 1,
      to: mostLayers,
      absent: num_layers,
    }),
    ...relativeAttention(read),
    layer_norm_epsilon: read.number("layer_norm_epsilon", { above: 0, below: 1, absent: 1e-6 }),
    initializer_factor: read.number("initializer_factor", { above: 0, absent: 1 }),
    ...activation(json, (reason) => {
      read.fault(reason);
    }),
    ...head(read, json),
    dropout_rate: read.number("dropout_rate", { from: 0, below: 1, absent: 0.1 }),
    pad_token_id,
    eos_token_id: id("eos_token_id", 1),
    decoder_start_token_id: id("decoder_start_token_id", pad_token_id),
    fusion_parts: fusionParts(json, { d_model, read }),
  };
  read.refuseFaults();
  checkProducts(configuration, file);
  return configuration;
}

/**
 * Who decides whether the head is tied: config.json, or whether the file has a head. transformers 5 writes
 * `tie_word_embeddings: true` into every T5's config.json, and does not read it either.
 */
export type TieAuthority = "config" | "file";

export function tieAuthority(json: unknown): TieAuthority {
  if (!isObject(json)) return "config";
  const { scale_decoder_outputs, transformers_version } = json;
  const isFive =
    scale_decoder_outputs !== undefined || /^[5-9]\./.test(String(transformers_version));
  return isFive ? "file" : "config";
}

/**
 * What transformers 4.57 and 5 both read as the same model, as long as the head is scaled exactly when it is
 * tied; the other two heads are beyond version 4, which reads them wrongly where the norms are stock.
 */
export function configurationJson(
  configuration: T5Configuration,
  dtype: WrittenDtype = "F32",
): Record<string, unknown> {
  const { fusion_parts, ...fields } = configuration;
  const property = fusion_parts.length > 1;
  return {
    architectures: [
      property ? "DeepFusionT5ForConditionalGeneration" : "T5ForConditionalGeneration",
    ],
    ...(property && {
      auto_map: {
        AutoConfig: "configuration_deep_fusion_t5.DeepFusionT5Config",
        AutoModelForSeq2SeqLM: "modeling_deep_fusion_t5.DeepFusionT5ForConditionalGeneration",
      },
    }),
    model_type: property ? propertyModelType : "t5",
    ...fields,
    feed_forward_proj: feedForwardProjection(configuration),
    ...(property && { fusion_parts }),
    is_encoder_decoder: true,
    use_cache: true,
    // transformers 5 reads either; before 4.56 only this one is read.
    torch_dtype: torchNames[dtype],
  };
}

const torchNames: Readonly<Record<WrittenDtype, string>> = {
  F32: "float32",
  F16: "float16",
  BF16: "bfloat16",
};

/** The file's text. transformers 5 takes no integer for a field that it declares as a float. */
export function configurationText(
  configuration: T5Configuration,
  dtype: WrittenDtype = "F32",
): string {
  const text = JSON.stringify(configurationJson(configuration, dtype), null, 2);
  return `${text.replace(/("initializer_factor": \d+)(?=,?\n)/, "$1.0")}\n`;
}

function checkArchitecture(json: JsonObject, file: string): void {
  const { model_type, architectures: named } = json;
  const refuse = (reason: string) => new RangeError(`Cannot use ${file}: ${reason}`);
  if (model_type === "umt5") {
    throw refuse(
      'model_type is "umt5", whose every layer has a relative bias of its own, which is not supported; ' +
        'use a "t5" or "mt5" checkpoint',
    );
  }
  const modelTypes: readonly unknown[] = [undefined, "t5", "mt5", propertyModelType];
  if (!modelTypes.includes(model_type)) {
    throw refuse(
      `model_type is ${shown(model_type)}; supported are "t5", "mt5" and "${propertyModelType}"`,
    );
  }
  if (named === undefined && model_type === undefined) {
    throw refuse("it has neither model_type nor architectures, so it cannot be told to be a T5");
  }
  if (named === undefined || named === null) return;
  if (!Array.isArray(named) || !named.some((name) => architectures.includes(name))) {
    throw refuse(`architectures is ${shown(named)}; supported are ${architectures.join(", ")}`);
  }
}

function relativeAttention(read: ConfigReader) {
  const buckets = read.integer("relative_attention_num_buckets", { from: 4, to: 4096, absent: 32 });
  return {
    relative_attention_num_buckets: buckets,
    // The decoder's logarithmic half starts at buckets / 2 and must end beyond it.
    relative_attention_max_distance: read.integer("relative_attention_max_distance", {
      from: Math.floor(buckets / 2) + 1,
      to: largestDimension,
      absent: 128,
    }),
  };
}

/** transformers 5 never scales an mT5 and writes it as tied; 4 scales one exactly when tied. */
function head(read: ConfigReader, json: JsonObject) {
  const mt5 = json.model_type === "mt5";
  const tied = read.boolean("tie_word_embeddings", !mt5);
  const scaledByDefault = tied && !(mt5 && !String(json.transformers_version).startsWith("4."));
  return {
    tie_word_embeddings: tied,
    scale_decoder_outputs: read.boolean("scale_decoder_outputs", scaledByDefault),
  };
}

function fusionParts(
  json: JsonObject,
  { d_model, read }: { d_model: number; read: ConfigReader },
): readonly number[] {
  const parts = json.fusion_parts;
  if (json.model_type !== propertyModelType) return [d_model];
  const valid =
    Array.isArray(parts) &&
    parts.length > 0 &&
    parts.every((part): part is number => Number.isSafeInteger(part) && part > 0);
  if (valid && parts.reduce((sum, part) => sum + part, 0) === d_model) return parts;
  read.fault(
    `fusion_parts is ${shown(parts)}; expected positive widths that add up to d_model ${shown(json.d_model)}`,
  );
  return [d_model];
}

/** Every tensor's size must be an exact number, and an array must be able to hold it. */
function checkProducts(configuration: T5Configuration, file: string): void {
  const { d_model, vocab_size, d_ff, num_heads, d_kv } = configuration;
  const largest = d_model * Math.max(vocab_size, d_ff, num_heads * d_kv);
  if (largest > 2 ** 32) {
    throw new RangeError(
      `Cannot use ${file}: its largest tensor would have ${largest} values; at most ${2 ** 32} are supported`,
    );
  }
}
