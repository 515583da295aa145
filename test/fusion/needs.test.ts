import { expect, test } from "vitest";
import { parameterCount } from "../../server/checkpoint/parameters";
import { fusionNeeds } from "../../server/fusion/needs";
import { planFusion } from "../../server/fusion/plan";
import { presets } from "../../server/model/presets";
import { parentOf, small } from "./support/parents";

const options = {
  dtype: "F32",
  optimizer: undefined,
  probe: [{ examples: 4, inputs: 16, targets: 8 }],
  threads: 2,
} as const;

test("fusionNeeds() counts the child's weights as they are written, and AdamW's two moments beside them", () => {
  const plan = planFusion([parentOf(small, "a")], { method: "rule", copies: 2 });
  const values = parameterCount(plan.configuration);
  const disk = (changes: Partial<Parameters<typeof fusionNeeds>[1]>) =>
    fusionNeeds(plan, { ...options, ...changes }).diskBytes;
  expect(disk({})).toBe(4 * values);
  expect(disk({ dtype: "BF16" })).toBe(2 * values);
  expect(disk({ optimizer: "adamw" })).toBe(12 * values);
  expect(disk({ dtype: "F16", optimizer: "sgd" })).toBe(6 * values);
});

test("fusionNeeds() asks for no more memory for a larger model, unless a state grows or the probe is long", () => {
  const parent = parentOf(presets["t5-medium"]!, "a");
  const plan = planFusion([parent], { method: "rule", copies: 2 });
  const tiny = planFusion([parentOf(small, "a")], { method: "rule", copies: 2 });
  const memory = (changes: Partial<Parameters<typeof fusionNeeds>[1]>) =>
    fusionNeeds(plan, { ...options, ...changes }).memoryBytes;
  expect(memory({}) / fusionNeeds(tiny, options).memoryBytes).toBeLessThan(1.1);
  expect(memory({})).toBeLessThan(256 * 2 ** 20);
  // The child's embeddings, and the copies' two: 32128 x 2048 and 32128 x 1024 at the least.
  expect(memory({ optimizer: "adamw" }) - memory({})).toBeGreaterThan(4 * 32128 * 2 * 1024);
  const long = [{ examples: 16, inputs: 128, targets: 64 }];
  expect(memory({ probe: long })).toBeGreaterThan(2 * memory({}));
  expect(memory({ threads: 16 })).toBeGreaterThan(1.5 * memory({}));
});
