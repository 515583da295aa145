import { expect, test } from "vitest";
import { headFactors, headOf } from "../../server/fusion/head";
import { configured } from "./support/parents";

/** Parents of widths 4 and 12: D = 16, n = 2. */
function factors(
  ...heads: readonly (readonly [tied: boolean, scaled: boolean])[]
): readonly number[] {
  const parents = heads.map(([tied, scaled], i) =>
    configured({
      d_model: [4, 12][i]!,
      tie_word_embeddings: tied,
      scale_decoder_outputs: scaled,
    }),
  );
  return headFactors(parents, headOf(parents, "property"));
}

test("headFactors() are (1/n) sqrt(D/d) where the child scales, and 1/n where nobody does", () => {
  const scaled = [0.5 * Math.sqrt(16 / 4), 0.5 * Math.sqrt(16 / 12)];
  for (const tied of [true, false]) {
    factors([tied, true], [tied, true]).forEach((factor, i) => {
      expect(factor).toBeCloseTo(scaled[i]!, 14);
    });
    expect(factors([tied, false], [tied, false])).toEqual([0.5, 0.5]);
  }
});

test("headFactors() of unlike heads give an unscaled child each parent's own scale", () => {
  const [scaled, plain] = factors([true, true], [false, false]);
  expect(scaled).toBeCloseTo(0.5 / Math.sqrt(4), 14);
  expect(plain).toBe(0.5);
});

test("headOf() unlike heads is an untied, unscaled one", () => {
  const tied = configured({ tie_word_embeddings: true, scale_decoder_outputs: true });
  expect(headOf([tied, tied], "rule")).toEqual({ tied: true, scaled: true });
  const untied = { tied: false, scaled: false };
  expect(headOf([tied, configured({})], "property")).toEqual({ ...untied, replaces: "mixed" });
});

test("headOf() a child for stock code is a head that every version of it reads alike", () => {
  for (const tied of [true, false]) {
    const odd = configured({ tie_word_embeddings: tied, scale_decoder_outputs: !tied });
    expect(headOf([odd, odd], "property")).toEqual({ tied, scaled: !tied });
    for (const method of ["rule", "calibrated"] as const) {
      const stock = { tied: false, scaled: false, replaces: "not stock" };
      expect(headOf([odd, odd], method)).toEqual(stock);
    }
  }
});
