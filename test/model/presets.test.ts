import { describe, expect, test } from "vitest";
import { parameterCount } from "../../server/checkpoint/parameters";
import { presets } from "../../server/model/presets";

const count = (name: string) => parameterCount(presets[name]!);

describe("presets", () => {
  test("T5-Small and T5-Medium have 77M and 242M parameters, to the nearest million", () => {
    expect(Math.round(count("t5-small") / 1e6)).toBe(77);
    expect(Math.round(count("t5-medium") / 1e6)).toBe(242);
    expect(count("t5-small")).toBe(76_961_152); // google/t5-v1_1-small
  });

  test("T5-S, T5-M and T5-L have the paper's 95M, 317M and 1.1B parameters, in whole millions", () => {
    expect(Math.floor(count("t5-s") / 1e6)).toBe(95);
    expect(Math.floor(count("t5-m") / 1e6)).toBe(317);
    expect(Math.floor(count("t5-l") / 1e8)).toBe(11);
  });

  test("the wide models are what the fusion of two smaller ones gives", () => {
    const pairs = [
      ["t5-nano", "t5-nano-wide"],
      ["t5-demo", "t5-demo-wide"],
      ["t5-small", "t5-medium"],
      ["t5-s", "t5-m"],
      ["t5-m", "t5-l"],
    ] as const;
    for (const [name, wideName] of pairs) {
      const small = presets[name]!;
      expect(presets[wideName]).toEqual({
        ...small,
        d_model: 2 * small.d_model,
        num_heads: 2 * small.num_heads,
        d_ff: 2 * small.d_ff,
        fusion_parts: [2 * small.d_model],
      });
    }
  });
});
