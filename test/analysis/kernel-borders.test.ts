import { describe, expect, test } from "vitest";
import { kernelBorders } from "../../server/analysis/kernel-borders";
import type { T5Configuration } from "../../server/checkpoint/configuration";

const configuration = { d_kv: 16, fusion_parts: [48, 32] } as unknown as T5Configuration;
const parts = [
  { d_model: 48, num_heads: 2, d_ff: 192 },
  { d_model: 32, num_heads: 4, d_ff: 64 },
];

function check(name: string, rows: readonly number[], columns: readonly number[]): void {
  expect(kernelBorders(name, configuration, parts)).toEqual({ rows, columns });
}

describe("kernelBorders()", () => {
  test("cuts each kind of kernel where its second part begins", () => {
    check("shared.weight", [], [0, 48]);
    check("encoder.block.0.layer.0.SelfAttention.q.weight", [0, 32], [0, 48]);
    check("encoder.block.0.layer.0.SelfAttention.o.weight", [0, 48], [0, 32]);
    check("decoder.block.3.layer.2.DenseReluDense.wi_0.weight", [0, 192], [0, 48]);
    check("decoder.block.3.layer.2.DenseReluDense.wo.weight", [0, 48], [0, 192]);
    check("encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight", [], [0, 2]);
    check("encoder.final_layer_norm.weight", [], [0, 48]);
  });

  test("knows the hidden state of a property child whose lineage is lost", () => {
    const name = "encoder.block.0.layer.0.SelfAttention.q.weight";
    expect(kernelBorders(name, configuration, undefined)).toEqual({ rows: [], columns: [0, 48] });
  });

  test("finds none in a model of one part", () => {
    const whole = { ...configuration, fusion_parts: [80] };
    expect(kernelBorders("shared.weight", whole, undefined)).toEqual({ rows: [], columns: [] });
  });
});
