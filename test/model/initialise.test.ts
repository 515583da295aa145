import { describe, expect, test } from "vitest";
import { parameterShapes } from "../../server/checkpoint/parameters";
import { initialStd, initialWeight } from "../../server/model/initialise";
import { presets } from "../../server/model/presets";

const configuration = { ...presets["t5-demo"]!, tie_word_embeddings: false, is_gated_act: true };

function deviation(values: Float32Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
}

describe("initialWeight()", () => {
  test("has the standard deviation of Hugging Face's T5 in every kind of weight", () => {
    const expected = {
      "shared.weight": 1,
      "lm_head.weight": 1,
      "encoder.block.1.layer.0.SelfAttention.q.weight": (48 * 24) ** -0.5,
      "encoder.block.1.layer.0.SelfAttention.k.weight": 48 ** -0.5,
      "decoder.block.0.layer.1.EncDecAttention.v.weight": 48 ** -0.5,
      "decoder.block.0.layer.1.EncDecAttention.o.weight": (2 * 24) ** -0.5,
      "encoder.block.0.layer.1.DenseReluDense.wi_1.weight": 48 ** -0.5,
      "encoder.block.0.layer.1.DenseReluDense.wo.weight": 192 ** -0.5,
    };
    for (const [name, std] of Object.entries(expected)) {
      expect(initialStd(configuration, name)).toBeCloseTo(std, 12);
      expect(deviation(initialWeight(configuration, name, 1)) / std).toBeCloseTo(1, 1);
    }
    const table = "decoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight";
    expect(initialStd(configuration, table)).toBeCloseTo(48 ** -0.5, 12);
  });

  test("is one in norms, and everything is multiplied by initializer_factor", () => {
    const halved = { ...configuration, initializer_factor: 0.5 };
    const norm = "decoder.final_layer_norm.weight";
    expect(initialStd(configuration, norm)).toBeUndefined();
    expect(new Set(initialWeight(configuration, norm, 1))).toEqual(new Set([1]));
    expect(new Set(initialWeight(halved, norm, 1))).toEqual(new Set([0.5]));
    expect(initialStd(halved, "shared.weight")).toBe(0.5);
  });

  test("is the same for the same seed and differs between seeds and names", () => {
    const [k, v] = ["k", "v"].map((part) => `encoder.block.0.layer.0.SelfAttention.${part}.weight`);
    expect(initialWeight(configuration, k!, 1)).toEqual(initialWeight(configuration, k!, 1));
    expect(initialWeight(configuration, k!, 1)).not.toEqual(initialWeight(configuration, k!, 2));
    expect(initialWeight(configuration, k!, 1)).not.toEqual(initialWeight(configuration, v!, 1));
  });

  test("covers every stored tensor and refuses others by name", () => {
    for (const [name, shape] of parameterShapes(configuration)) {
      const size = shape.reduce((product, axis) => product * axis, 1);
      expect(initialWeight(configuration, name, 1)).toHaveLength(size);
    }
    expect(() => initialWeight(configuration, "wte.weight", 1)).toThrow(
      new RangeError("Cannot initialise wte.weight: the model has no such weight"),
    );
  });
});
