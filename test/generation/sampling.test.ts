import { describe, expect, test } from "vitest";
import { sampler } from "../../server/generation/sampling";

const probabilities = [0.1, 0.5, 0.15, 0.25];
const logProbabilities = Float64Array.from(probabilities, Math.log);
const plain = { temperature: 1, topK: 0, topP: 1, seed: 5 };

/** Shares of the tokens among many draws. */
function shares(settings: Partial<typeof plain>, draws = 4000): number[] {
  const choose = sampler({ ...plain, ...settings });
  const counts = probabilities.map(() => 0);
  for (let position = 0; position < draws; position++) {
    counts[choose(logProbabilities, { row: 0, position })]! += 1 / draws;
  }
  return counts;
}

function expectShares(actual: readonly number[], expected: readonly number[]): void {
  // Three standard deviations of a share of 4000 draws are below 0.025.
  actual.forEach((share, token) => {
    expect(Math.abs(share - expected[token]!)).toBeLessThan(0.025);
  });
}

describe("sampler()", () => {
  test("draws each token as often as it is probable", () => {
    expectShares(shares({}), probabilities);
  });

  test("sharpens by the temperature", () => {
    const squares = probabilities.map((p) => p * p);
    const total = squares.reduce((sum, p) => sum + p);
    expectShares(
      shares({ temperature: 0.5 }),
      squares.map((p) => p / total),
    );
  });

  test("draws among the most probable only", () => {
    expectShares(shares({ topK: 2 }), [0, 2 / 3, 0, 1 / 3]);
  });

  test("draws among those that reach the share, the one that passes it included", () => {
    expectShares(shares({ topP: 0.6 }), [0, 2 / 3, 0, 1 / 3]);
    expectShares(shares({ topP: 0.1 }), [0, 1, 0, 0]);
  });

  test("takes the share of what the count has left", () => {
    // Of 0.5, 0.25 and 0.15, rescaled to one, the first two reach 0.8.
    expectShares(shares({ topK: 3, topP: 0.8 }), [0, 2 / 3, 0, 1 / 3]);
  });

  test("draws the same again for a seed, and other tokens in another row", () => {
    const draw = (seed: number, row: number) => {
      const choose = sampler({ ...plain, seed });
      return Array.from({ length: 30 }, (_, position) =>
        choose(logProbabilities, { row, position }),
      );
    };
    expect(draw(1, 0)).toEqual(draw(1, 0));
    expect(draw(1, 1)).not.toEqual(draw(1, 0));
    expect(draw(2, 0)).not.toEqual(draw(1, 0));
  });
});
