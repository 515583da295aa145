import { describe, expect, test } from "vitest";
import type { FusionParent } from "../../server/fusion/parent";
import { planFusion } from "../../server/fusion/plan";
import { FusionRefusal } from "../../server/fusion/refusal";
import { configured, parentOf, small } from "./support/parents";

const a = parentOf(small, "a");
const property = { method: "property", copies: 1 } as const;

function refusal(parents: readonly FusionParent[], copies = 1): FusionRefusal {
  try {
    planFusion(parents, { method: "property", copies });
  } catch (error) {
    if (error instanceof FusionRefusal) return error;
    throw error;
  }
  throw new Error("the fusion was not refused");
}

describe("the child's configuration", () => {
  const b = parentOf(
    configured({ d_model: 4, d_kv: 5, d_ff: 3, num_heads: 1, num_decoder_layers: 3 }),
    "b",
  );

  test("adds widths and heads, and takes the largest head and depth", () => {
    expect(planFusion([a, b], property).configuration).toMatchObject({
      d_model: 10,
      d_kv: 5,
      d_ff: 10,
      num_heads: 3,
      num_layers: 2,
      num_decoder_layers: 3,
      fusion_parts: [6, 4],
    });
  });

  test("has one part under the rule, whatever the parents have", () => {
    const parts = parentOf(configured({ fusion_parts: [2, 4] }), "parts");
    const plan = planFusion([a, parts], { method: "rule", copies: 1 });
    expect(plan.configuration.fusion_parts).toEqual([12]);
  });

  test("flattens the parts of a property child", () => {
    const parts = parentOf(configured({ fusion_parts: [2, 4] }), "parts");
    expect(planFusion([parts, a], property).configuration.fusion_parts).toEqual([2, 4, 6]);
  });
});

describe("which fusions are exact", () => {
  const rule = { method: "rule", copies: 1 } as const;

  test("property always, the rule for copies of one part alone", () => {
    const b = parentOf(small, "b");
    expect(planFusion([a, b], property).exact).toBe(true);
    expect(planFusion([a, b], rule).exact).toBe(false);
    expect(planFusion([a], { method: "rule", copies: 3 }).exact).toBe(true);
    const parts = parentOf(configured({ fusion_parts: [3, 3] }), "parts");
    expect(planFusion([parts], { method: "rule", copies: 2 }).exact).toBe(false);
  });

  test("two checkpoints with the same weights are the same model", () => {
    const same = { identity: "5eed" };
    const plan = planFusion([parentOf(small, "a", same), parentOf(small, "b", same)], rule);
    expect(plan.exact).toBe(true);
    expect(plan.twins).toEqual([0, 0]);
  });
});

describe("planFusion() refuses", () => {
  test("a single parent without copies, several with, and none", () => {
    expect(refusal([a]).message).toContain("a fusion needs two");
    expect(refusal([]).message).toContain("a fusion needs two");
    expect(refusal([a, parentOf(small, "b")], 2).message).toContain("only a single parent");
    expect(refusal([a], 1.5).message).toContain("copies 1.5");
  });

  test("every setting that must match, all at once, with both values", () => {
    const other = configured({
      dense_act_fn: "relu",
      is_gated_act: false,
      relative_attention_num_buckets: 4,
      relative_attention_max_distance: 20,
      layer_norm_epsilon: 1e-5,
      dropout_rate: 0.1,
      pad_token_id: 2,
      eos_token_id: 3,
      decoder_start_token_id: 2,
    });
    const { faults, message } = refusal([a, parentOf(other, "b")]);
    expect(faults.map(({ key }) => key)).toEqual([
      "dense_act_fn",
      "is_gated_act",
      "relative_attention_num_buckets",
      "relative_attention_max_distance",
      "layer_norm_epsilon",
      "dropout_rate",
      "pad_token_id",
      "eos_token_id",
      "decoder_start_token_id",
    ]);
    expect(message).toContain("Cannot fuse a, b:");
    expect(message).toContain("layer_norm_epsilon: a has 0.000001, b has 0.00001;");
  });

  test("tokenizers of other content", () => {
    const tokenizer = { sha256: "1".repeat(64), vocabSize: 11 };
    const one = parentOf(small, "a", { tokenizer });
    const two = parentOf(small, "b", { tokenizer: { ...tokenizer, sha256: "2".repeat(64) } });
    expect(refusal([one, two]).faults.map(({ kind }) => kind)).toEqual(["tokenizer"]);
  });

  test("a tensor of another shape, a missing and a foreign one, with their names", () => {
    const shapes = new Map(a.shapes);
    shapes.set("shared.weight", [12, 6]);
    shapes.delete("lm_head.weight");
    shapes.set("extra.weight", [1]);
    const { faults } = refusal([a, parentOf(small, "b", { shapes })]);
    expect(faults.map(({ key, values }) => [key, values[0]!.value])).toEqual([
      ["shared.weight", "[12, 6]"],
      ["lm_head.weight", "none"],
      ["extra.weight", "[1]"],
    ]);
    expect(faults[0]!.reason).toContain("[11, 6]");
  });
});

describe("vocabularies of unequal size", () => {
  const wide = configured({ vocab_size: 14 });
  const tokens = (vocabSize: number) => ({ tokenizer: { sha256: "0".repeat(64), vocabSize } });

  test("are refused where the further rows hold tokens, or nobody can tell", () => {
    expect(refusal([a, parentOf(wide, "b")]).message).toContain("without tokenizer files");
    const known = [parentOf(small, "a", tokens(13)), parentOf(wide, "b", tokens(13))];
    expect(refusal(known).message).toContain("the tokenizer has 13 tokens");
  });

  test("lose the rows that are padding beyond the tokenizer's last token", () => {
    const plan = planFusion(
      [parentOf(small, "a", tokens(11)), parentOf(wide, "b", tokens(11))],
      property,
    );
    expect(plan.configuration.vocab_size).toBe(11);
    expect(plan.notes.join()).toContain("from 11 on");
  });
});

test("a plan says that vocabularies were compared by size where tokenizers are missing", () => {
  expect(planFusion([a, parentOf(small, "b")], property).notes.join()).toContain(
    "a, b have no tokenizer files",
  );
  expect(planFusion([a], { method: "rule", copies: 2 }).notes).toEqual([]);
});

test("a plan says that heads of different kinds become an untied one", () => {
  const tied = parentOf(configured({ tie_word_embeddings: true }), "tied");
  const { configuration, notes } = planFusion([a, tied], property);
  expect(configuration.tie_word_embeddings).toBe(false);
  expect(notes.join()).toContain("untied and unscaled");
});
