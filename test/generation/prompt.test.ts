import { describe, expect, test } from "vitest";
import { byteTokenizer } from "../../server/data/byte-tokenizer";
import { loadTokenizer } from "../../server/data/load-tokenizer";
import { decodeTokens, encodePrompt, fillPrompt } from "../../server/generation/prompt";

const bytes = byteTokenizer();

describe("encodePrompt()", () => {
  test("gives sentinels their ids, and ends the sequence", () => {
    expect(encodePrompt("a<extra_id_0>b<extra_id_124>", bytes)).toEqual([
      100,
      259,
      101,
      259 + 124,
      bytes.eosId,
    ]);
  });

  test.each(["spiece.model", "tokenizer.json"])(
    "gives the ids that transformers gives: %s",
    async (file) => {
      const tokenizer = await loadTokenizer(`test/golden/tokenizers/t5/${file}`);
      const prompt = "Call me <extra_id_0>. Some <extra_id_1> ago<extra_id_2>never mind";
      expect(encodePrompt(prompt, tokenizer)).toEqual([
        156, 125, 72, 399, 3, 12, 90, 112, 5, 398, 11, 39, 9, 397, 271, 3, 19, 31, 17, 1,
      ]);
    },
  );

  test("refuses a sentinel that the tokenizer does not have", () => {
    expect(() => encodePrompt("a <extra_id_125>", bytes)).toThrow(
      "Cannot use <extra_id_125> in a prompt: the tokenizer has <extra_id_0> to <extra_id_124>",
    );
  });
});

describe("decodeTokens()", () => {
  test("shows sentinels, and neither end nor padding", () => {
    expect(decodeTokens([259, 100, 260, 1, 0, 0], bytes)).toBe("<extra_id_0>a<extra_id_1>");
  });
});

describe("fillPrompt()", () => {
  test.each([
    ["Call me <extra_id_0>.", "<extra_id_0> Ishmael<extra_id_1>", "Call me Ishmael."],
    ["Call me<extra_id_0>.", "<extra_id_0> Ishmael<extra_id_1>", "Call me Ishmael."],
    ["<extra_id_0> b <extra_id_1> d", "<extra_id_0>a<extra_id_1>c", "a b c d"],
    ["<extra_id_1><extra_id_0>", "<extra_id_0>a<extra_id_1>b", "ba"],
    ["a <extra_id_0> c <extra_id_1>", "<extra_id_0>b", "a b c <extra_id_1>"],
    ["a <extra_id_0>!", "<extra_id_0><extra_id_1>", "a !"],
    ["a <extra_id_0>", "<extra_id_0>one<extra_id_0>two", "a one"],
  ])("fills %s from %s", (prompt, generated, filled) => {
    const pieces = fillPrompt(prompt, generated);
    expect(pieces?.map(({ text }) => text).join("")).toBe(filled);
  });

  test("tells the prompt's words, the model's, and what the model has left out", () => {
    expect(fillPrompt("a <extra_id_0> c <extra_id_1>", "<extra_id_0> b")).toEqual([
      { kind: "prompt", text: "a " },
      { kind: "filled", text: "b" },
      { kind: "prompt", text: " c " },
      { kind: "left", text: "<extra_id_1>" },
    ]);
  });

  test("has nothing to fill in a prompt without sentinels", () => {
    expect(fillPrompt("a b", "<extra_id_0>c")).toBeUndefined();
  });
});
