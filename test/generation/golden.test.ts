/** Against transformers, whose answers `npm run golden` makes: see test/python/golden_generation.py. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { generateTokens } from "../../server/generation/generate";
import type { Strategy } from "../../server/protocol/generation";
import { weightSpecs } from "../../server/model/functions";
import { engineUnderTest } from "../support/engine-under-test";
import { type GoldenCase, goldenCases } from "../support/golden-t5";

interface Answers {
  readonly tokens: readonly (readonly number[])[];
  /** Log-probability / length^penalty; of beams only. */
  readonly scores: readonly number[] | null;
}

interface Golden {
  readonly max_new_tokens: number;
  readonly cases: Readonly<
    Record<string, { readonly eos: number } & Readonly<Record<keyof typeof searches, Answers>>>
  >;
}

const path = fileURLToPath(new URL("../golden/t5/generation.json", import.meta.url));
const golden = JSON.parse(readFileSync(path, "utf8")) as Golden;

const searches = {
  greedy: { kind: "greedy" },
  beams: { kind: "beam", beams: 3, lengthPenalty: 1 },
  short: { kind: "beam", beams: 4, lengthPenalty: 0 },
  long: { kind: "beam", beams: 2, lengthPenalty: 2 },
} as const satisfies Record<string, Strategy>;

const engine = await engineUnderTest();

afterAll(() => engine.dispose());

describe("generateTokens()", () => {
  test.each(goldenCases().map((known) => [known.name, known] as const))(
    "finds transformers' answers, greedily and with beams: %s",
    async (name, known) => {
      const weights = engine.allocate(weightSpecs(known.configuration));
      for (const tensor of Object.keys(weights.specs)) {
        await weights.write(tensor, known.weight(tensor));
      }
      const { eos, ...expected } = golden.cases[name]!;
      const options = {
        ...{ engine, weights, inputIds: firstInput(known), maxTokens: golden.max_new_tokens },
        configuration: { ...known.configuration, eos_token_id: eos },
      };
      for (const [search, strategy] of Object.entries(searches)) {
        const { tokens, scores } = expected[search as keyof typeof searches];
        const answers = await generateTokens({ ...options, strategy });
        expect(
          answers.map((answer) => answer.tokens),
          search,
        ).toEqual(tokens);
        scores?.forEach((score, i) => {
          const { logProbability } = answers[i]!;
          const { lengthPenalty } = strategy as { lengthPenalty: number };
          expect(logProbability / tokens[i]!.length ** lengthPenalty).toBeCloseTo(score, 3);
        });
      }
      weights.dispose();
    },
  );
});

function firstInput({ batch, shape }: GoldenCase): number[] {
  const ids = [...batch.input_ids!.slice(0, shape.inputs)];
  return shape.masked ? ids.filter((_, i) => batch.attention_mask![i] === 1) : ids;
}
