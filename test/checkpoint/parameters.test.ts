import { describe, expect, test } from "vitest";
import { parameterCount, parameterShapes } from "../../server/checkpoint/parameters";
import { tiny, v10Small, v11Small } from "./support/configurations";

describe("parameterCount()", () => {
  test("of the published t5-small is what PyTorch counts", () => {
    expect(parameterCount(v10Small)).toBe(60_506_624);
  });

  test("of the published t5-v1_1-small is what PyTorch counts", () => {
    expect(parameterCount(v11Small)).toBe(76_961_152);
  });
});

describe("parameterShapes()", () => {
  test("names the tensors of a gated, untied model in file order", () => {
    const shapes = parameterShapes({ ...tiny, num_layers: 1 });
    const layer = (name: string, shape: number[]) => [name, shape] as const;
    expect([...shapes]).toEqual([
      layer("shared.weight", [19, 6]),
      layer("encoder.block.0.layer.0.SelfAttention.q.weight", [15, 6]),
      layer("encoder.block.0.layer.0.SelfAttention.k.weight", [15, 6]),
      layer("encoder.block.0.layer.0.SelfAttention.v.weight", [15, 6]),
      layer("encoder.block.0.layer.0.SelfAttention.o.weight", [6, 15]),
      layer("encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight", [8, 3]),
      layer("encoder.block.0.layer.0.layer_norm.weight", [6]),
      layer("encoder.block.0.layer.1.DenseReluDense.wi_0.weight", [7, 6]),
      layer("encoder.block.0.layer.1.DenseReluDense.wi_1.weight", [7, 6]),
      layer("encoder.block.0.layer.1.DenseReluDense.wo.weight", [6, 7]),
      layer("encoder.block.0.layer.1.layer_norm.weight", [6]),
      layer("encoder.final_layer_norm.weight", [6]),
      layer("decoder.block.0.layer.0.SelfAttention.q.weight", [15, 6]),
      layer("decoder.block.0.layer.0.SelfAttention.k.weight", [15, 6]),
      layer("decoder.block.0.layer.0.SelfAttention.v.weight", [15, 6]),
      layer("decoder.block.0.layer.0.SelfAttention.o.weight", [6, 15]),
      layer("decoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight", [8, 3]),
      layer("decoder.block.0.layer.0.layer_norm.weight", [6]),
      layer("decoder.block.0.layer.1.EncDecAttention.q.weight", [15, 6]),
      layer("decoder.block.0.layer.1.EncDecAttention.k.weight", [15, 6]),
      layer("decoder.block.0.layer.1.EncDecAttention.v.weight", [15, 6]),
      layer("decoder.block.0.layer.1.EncDecAttention.o.weight", [6, 15]),
      layer("decoder.block.0.layer.1.layer_norm.weight", [6]),
      layer("decoder.block.0.layer.2.DenseReluDense.wi_0.weight", [7, 6]),
      layer("decoder.block.0.layer.2.DenseReluDense.wi_1.weight", [7, 6]),
      layer("decoder.block.0.layer.2.DenseReluDense.wo.weight", [6, 7]),
      layer("decoder.block.0.layer.2.layer_norm.weight", [6]),
      layer("decoder.final_layer_norm.weight", [6]),
      layer("lm_head.weight", [19, 6]),
    ]);
  });

  test("of a tied model has no head, and of an ungated one a single input kernel", () => {
    const names = [...parameterShapes(v10Small).keys()];
    expect(names).not.toContain("lm_head.weight");
    expect(names).toContain("decoder.block.5.layer.2.DenseReluDense.wi.weight");
    expect(names.filter((name) => name.includes("wi_"))).toEqual([]);
  });

  test("gives a relative bias to the first block of each stack alone", () => {
    const biases = [...parameterShapes(v10Small).keys()].filter((name) => name.includes("bias"));
    expect(biases).toHaveLength(2);
  });
});
