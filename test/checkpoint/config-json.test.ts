import { describe, expect, test } from "vitest";
import {
  configurationJson,
  configurationText,
  parseConfiguration,
} from "../../server/checkpoint/config-json";
import type { T5Configuration } from "../../server/checkpoint/configuration";
import { tiny, v10Small, v11Small } from "./support/configurations";

const file = "m/config.json";

/** The keys that older transformers wrote for t5-small. */
const oldSmall = {
  architectures: ["T5WithLMHeadModel"],
  d_ff: 2048,
  d_kv: 64,
  d_model: 512,
  decoder_start_token_id: 0,
  dropout_rate: 0.1,
  eos_token_id: 1,
  initializer_factor: 1.0,
  is_encoder_decoder: true,
  layer_norm_epsilon: 1e-6,
  model_type: "t5",
  n_positions: 512,
  num_heads: 8,
  num_layers: 6,
  output_past: true,
  pad_token_id: 0,
  relative_attention_num_buckets: 32,
  task_specific_params: { summarization: { num_beams: 4 } },
  vocab_size: 32128,
};

const parse = (changes: Record<string, unknown>): T5Configuration =>
  parseConfiguration({ ...oldSmall, ...changes }, file);

describe("parseConfiguration()", () => {
  test("reads the first release's file, which lacks half of the keys", () => {
    expect(parse({})).toEqual(v10Small);
  });

  test("reads gated-gelu as the tanh form and an untied head as unscaled", () => {
    const v11 = {
      architectures: ["T5ForConditionalGeneration"],
      feed_forward_proj: "gated-gelu",
      tie_word_embeddings: false,
      num_layers: 8,
      num_decoder_layers: null,
      num_heads: 6,
      d_ff: 1024,
    };
    expect(parse(v11)).toEqual(v11Small);
  });

  test("follows dense_act_fn and is_gated_act where they are given", () => {
    const read = (changes: Record<string, unknown>) => {
      const { dense_act_fn, is_gated_act } = parse(changes);
      return [dense_act_fn, is_gated_act];
    };
    expect(read({ feed_forward_proj: "gated-gelu", dense_act_fn: "gelu" })).toEqual(["gelu", true]);
    expect(read({ feed_forward_proj: "gated-silu" })).toEqual(["silu", true]);
    expect(read({ feed_forward_proj: "gelu" })).toEqual(["gelu", false]);
    expect(read({ dense_act_fn: "gelu_pytorch_tanh", is_gated_act: true })).toEqual([
      "gelu_new",
      true,
    ]);
  });

  test("takes the scaling from its own key, which transformers 5 writes beside a forced tie", () => {
    const { tie_word_embeddings, scale_decoder_outputs } = parse({
      tie_word_embeddings: true,
      scale_decoder_outputs: false,
    });
    expect([tie_word_embeddings, scale_decoder_outputs]).toEqual([true, false]);
  });

  test("reads mT5 as untied and unscaled, also where transformers 5 wrote a tie", () => {
    expect(parse({ model_type: "mt5", architectures: null }).tie_word_embeddings).toBe(false);
    expect(
      parse({ model_type: "mt5", tie_word_embeddings: true, transformers_version: "5.1.0" })
        .scale_decoder_outputs,
    ).toBe(false);
    expect(
      parse({ model_type: "mt5", tie_word_embeddings: true, transformers_version: "4.57.1" })
        .scale_decoder_outputs,
    ).toBe(true);
  });

  test("starts the decoder with the padding id where no other is named", () => {
    expect(parse({ decoder_start_token_id: null, pad_token_id: 3 }).decoder_start_token_id).toBe(3);
  });

  test.each([
    ["umt5", { model_type: "umt5" }, /relative bias of its own/],
    ["another family", { model_type: "bart" }, /model_type is "bart"; supported are "t5"/],
    ["an encoder alone", { architectures: ["T5EncoderModel"] }, /architectures is \["T5Enc/],
    ["a file that names nothing", { architectures: undefined, model_type: undefined }, /neither/],
    ["a missing width", { d_model: undefined }, /m\/config\.json: d_model is nothing; expected an/],
    ["a width of text", { d_model: "512" }, /d_model is "512"/],
    ["half a layer", { num_layers: 1.5 }, /num_layers is 1.5/],
    ["a million layers", { num_layers: 1e6 }, /num_layers is 1000000; expected .* 1 to 1000/],
    ["a huge product", { d_model: 2 ** 24, vocab_size: 2 ** 24 }, /largest tensor/],
    ["an id outside of the vocabulary", { eos_token_id: 32128 }, /eos_token_id is 32128/],
    ["several end ids", { eos_token_id: [1, 2] }, /eos_token_id is \[1,2\]/],
    ["an unknown activation", { feed_forward_proj: "gated-tanh" }, /activation is "tanh"/],
    ["a form that is none", { feed_forward_proj: "a-b" }, /feed_forward_proj is "a-b"/],
    ["a distance within the exact buckets", { relative_attention_max_distance: 16 }, /from 17/],
    ["dropout of everything", { dropout_rate: 1 }, /dropout_rate is 1; .* at least 0 and below 1/],
    ["no epsilon", { layer_norm_epsilon: 0 }, /layer_norm_epsilon is 0; .* above 0 and below 1/],
    ["a tie that is a word", { tie_word_embeddings: "no" }, /tie_word_embeddings is "no"/],
    [
      "parts that do not add up",
      { model_type: "deep_fusion_t5", architectures: null, fusion_parts: [256, 255] },
      /fusion_parts is \[256,255\].*d_model 512/,
    ],
  ])("refuses %s", (_, changes, message) => {
    expect(() => parse(changes)).toThrow(message);
    expect(() => parse(changes)).toThrow(RangeError);
  });

  test("names every fault of a file, and none that only follows from another", () => {
    const faults = { d_model: "512", vocab_size: null, num_layers: 0, feed_forward_proj: "a-b" };
    expect(() => parse({ ...faults, dropout_rate: 2 })).toThrow(
      new RangeError(
        "Cannot use m/config.json: num_layers is 0; expected an integer from 1 to 1000. " +
          "vocab_size is null; expected an integer from 1 to 16777216. " +
          'd_model is "512"; expected an integer from 1 to 16777216. ' +
          'feed_forward_proj is "a-b"; expected an activation such as "relu", or "gated-gelu". ' +
          "dropout_rate is 2; expected a number at least 0 and below 1",
      ),
    );
  });

  test("refuses what is no object", () => {
    expect(() => parseConfiguration([1], file)).toThrow(
      new SyntaxError("Cannot read m/config.json: expected an object, found [1]"),
    );
  });
});

describe("configurationJson()", () => {
  const written = (configuration: T5Configuration): unknown =>
    JSON.parse(JSON.stringify(configurationJson(configuration)));

  test.each([
    ["v1.0", v10Small],
    ["v1.1", v11Small],
    ["erf gated", { ...tiny, dense_act_fn: "gelu" } as const],
    ["tanh alone", { ...tiny, is_gated_act: false }],
    ["silu", { ...tiny, dense_act_fn: "silu" } as const],
    ["tied, unscaled", { ...tiny, tie_word_embeddings: true }],
    ["untied, scaled", { ...tiny, scale_decoder_outputs: true }],
    ["property child", { ...tiny, fusion_parts: [2, 4] }],
  ])("of %s reads back as the same", (_, configuration) => {
    expect(parseConfiguration(written(configuration), file)).toEqual(configuration);
  });

  test("gives a property child a model type that stock code does not know", () => {
    expect(written({ ...tiny, fusion_parts: [2, 4] })).toMatchObject({
      model_type: "deep_fusion_t5",
      fusion_parts: [2, 4],
      auto_map: {
        AutoConfig: "configuration_deep_fusion_t5.DeepFusionT5Config",
        AutoModelForSeq2SeqLM: "modeling_deep_fusion_t5.DeepFusionT5ForConditionalGeneration",
      },
    });
    expect(written(tiny)).toMatchObject({
      model_type: "t5",
      architectures: ["T5ForConditionalGeneration"],
      feed_forward_proj: "gated-gelu",
    });
    expect(written(tiny)).not.toHaveProperty("fusion_parts");
  });
});

describe("configurationText()", () => {
  test("writes a float as Python does, also where it is whole", () => {
    expect(configurationText(tiny)).toContain('"initializer_factor": 1.0,');
    expect(configurationText({ ...tiny, initializer_factor: 0.5 })).toContain('_factor": 0.5,');
    expect(JSON.parse(configurationText(tiny))).toEqual(configurationJson(tiny));
  });
});
