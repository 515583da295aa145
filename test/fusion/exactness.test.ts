import { describe, expect, test } from "vitest";
import type { T5Configuration } from "../../server/checkpoint/configuration";
import { planFusion } from "../../server/fusion/plan";
import type { FusionMethod } from "../../server/protocol/checkpoint";
import {
  childInFloat64,
  configured,
  heads,
  inFloat64,
  parentOf,
  randomWeights,
} from "./support/parents";
import { type Example, type Weights64, logits64 } from "./support/t5-float64";

const example: Example = { inputs: [3, 7, 2, 9, 4, 10, 1], targets: [5, 8, 10, 6, 1] };

interface Case {
  readonly configurations: readonly T5Configuration[];
  readonly method: FusionMethod;
  readonly copies?: number;
  readonly tokenizer?: { readonly sha256: string; readonly vocabSize: number };
}

/** max |child - mean(parents)| / max |logit|, in float64. */
async function drift({ configurations, method, copies = 1, tokenizer }: Case): Promise<number> {
  const plan = planFusion(
    configurations.map((configuration, i) =>
      parentOf(configuration, `parent ${i}`, tokenizer && { tokenizer }),
    ),
    { method, copies },
  );
  const weights: Weights64[] = [];
  for (const [i] of plan.parents.entries()) {
    const seed = configurations.length === 1 ? 0 : i;
    weights.push(await inFloat64(randomWeights(plan.parents[i]!.configuration, seed)));
  }
  const { vocab_size } = plan.configuration;
  const all = plan.parents.map(({ configuration }, i) => {
    const logits = logits64(configuration, weights[i]!, example);
    return logits.filter((_, j) => j % configuration.vocab_size < vocab_size);
  });
  const child = logits64(plan.configuration, childInFloat64(plan, weights, 5), example);
  const mean = child.map((_, j) => all.reduce((sum, logits) => sum + logits[j]! / all.length, 0));
  const largest = mean.reduce((max, logit) => Math.max(max, Math.abs(logit)), 0);
  return child.reduce((max, logit, j) => Math.max(max, Math.abs(logit - mean[j]!)), 0) / largest;
}

const unequal: readonly Partial<T5Configuration>[] = [
  {},
  { d_model: 4, d_kv: 5, d_ff: 3, num_heads: 1, num_layers: 1, num_decoder_layers: 3 },
  { d_model: 3, d_kv: 2, d_ff: 5, num_heads: 3, num_layers: 3, num_decoder_layers: 2 },
];

describe("a property child in float64 computes the mean of its parents' logits", () => {
  test.each(heads)("two equal parents, tied $tie_word_embeddings", async (head) => {
    const configurations = [configured(head), configured(head)];
    expect(await drift({ configurations, method: "property" })).toBeLessThan(1e-13);
  });

  test.each(heads)(
    "three parents unequal in every size, tied $tie_word_embeddings",
    async (head) => {
      const configurations = unequal.map((sizes) => configured({ ...sizes, ...head }));
      expect(await drift({ configurations, method: "property" })).toBeLessThan(1e-13);
    },
  );

  test("parents of every head at once", async () => {
    const configurations = heads.map((head, i) => configured({ ...unequal[i % 3], ...head }));
    expect(await drift({ configurations, method: "property" })).toBeLessThan(1e-13);
  });

  test.each(heads)(
    "a property child counts as one parent, tied $tie_word_embeddings",
    async (head) => {
      const configurations = [
        configured({ ...head, d_model: 7, fusion_parts: [3, 4] }),
        configured(head),
      ];
      expect(await drift({ configurations, method: "property" })).toBeLessThan(1e-13);
    },
  );

  test("vocabularies that differ in padding rows", async () => {
    const configurations = [configured({ vocab_size: 14 }), configured({ d_model: 4 })];
    const tokenizer = { sha256: "0".repeat(64), vocabSize: 11 };
    expect(await drift({ configurations, method: "property", tokenizer })).toBeLessThan(1e-13);
  });

  test("ReLU without gates", async () => {
    const plain = { dense_act_fn: "relu", is_gated_act: false } as const;
    const configurations = unequal.map((sizes) => configured({ ...sizes, ...plain }));
    expect(await drift({ configurations, method: "property" })).toBeLessThan(1e-13);
  });
});

describe("a self-fused child under the rule computes its parent's logits", () => {
  test.each(heads)("copies 2 and 3, tied $tie_word_embeddings", async (head) => {
    const configurations = [configured(head)];
    for (const copies of [2, 3]) {
      expect(await drift({ configurations, method: "rule", copies })).toBeLessThan(1e-13);
    }
  });
});

test("two unlike parents under the rule drift", async () => {
  const configurations = [configured({}), configured({ d_model: 4 })];
  expect(await drift({ configurations, method: "rule" })).toBeGreaterThan(1e-3);
});
