import { fc } from "../support/properties";
import { describe, expect, it } from "vitest";
import { noPins } from "../../server/recipe/pins";
import {
  canonical,
  greatestWidth,
  type Identities,
  inputHashes,
  topologicalOrder,
  withInputs,
} from "../../server/recipe/graph";
import { parseRecipe } from "../../server/recipe/parse";
import { inputsOf, type ResolvedStage, resolveRecipe } from "../../server/recipe/resolve";
import { stageGraphs } from "./support/stages";

const identities: Identities = {
  corpus: ({ name }) => `content of ${name}`,
  tokenizer: (spec) => spec,
  checkpoint: (directory) => directory,
};

const text = `version: 1
corpora: { books: { files: "*.txt" }, more: { embedded: sotu } }
models: { small: { preset: t5-nano } }
defaults: { train: { corpus: books, steps: 10 } }
stages:
  compare: { evaluate: [wide, other] }
  wide: { train: fused }
  fused: { fuse: [a, b] }
  a: { train: small, seed: 1 }
  b: { train: small, seed: 2 }
  other: { train: b, corpus: more }
  alone: { train: small, seed: 9 }
`;

function resolved(changed: string, directory = "/recipes"): readonly ResolvedStage[] {
  const { recipe, problems } = parseRecipe(changed, "x.yaml");
  expect(problems.filter(({ severity }) => severity === "error")).toEqual([]);
  return resolveRecipe(recipe!, { directory, vocabulary: 384, pins: noPins });
}

const names = (stages: readonly ResolvedStage[]) => stages.map(({ name }) => name);

/** Names of the stages whose hash an edit changes. */
function changedBy(before: string, after: string): string[] {
  const old = inputHashes(resolved(text), identities);
  const next = inputHashes(resolved(text.replace(before, after)), identities);
  return [...old]
    .filter(([name, hash]) => next.get(name) !== hash)
    .map(([name]) => name)
    .sort();
}

/** In any order of the file. */
const graphs = stageGraphs.chain((stages) =>
  fc.shuffledSubarray(stages, { minLength: stages.length }),
);

describe("topologicalOrder()", () => {
  it("puts every stage behind its inputs, each once", () => {
    fc.assert(
      fc.property(graphs, (stages) => {
        const order = topologicalOrder(stages);
        expect(new Set(order)).toEqual(new Set(stages));
        order.forEach((stage, index) => {
          for (const input of inputsOf(stage)) {
            expect(names(order).indexOf(input)).toBeLessThan(index);
          }
        });
      }),
    );
  });

  it("refuses a cycle and an unknown name", () => {
    const [stage] = resolved(text).filter(({ name }) => name === "fused") as [
      ResolvedStage & { kind: "fuse" },
    ];
    expect(() => topologicalOrder([{ ...stage, parents: ["fused"] }])).toThrow(/waits for itself/);
    expect(() => topologicalOrder([stage])).toThrow(/there is no "a"/);
  });
});

describe("withInputs()", () => {
  it("is a stage and all it needs", () => {
    expect(names(withInputs(resolved(text), "wide"))).toEqual(["a", "b", "fused", "wide"]);
    expect(() => withInputs(resolved(text), "wid")).toThrow(/the recipe has compare, wide/);
  });
});

describe("greatestWidth()", () => {
  it("is how many stages could run side by side", () => {
    expect(greatestWidth(resolved(text))).toBe(3);
    expect(greatestWidth(withInputs(resolved(text), "a"))).toBe(1);
  });
});

describe("inputHashes()", () => {
  it("change with a setting, for the stage and all that descends from it", () => {
    expect(changedBy("seed: 1", "seed: 3")).toEqual(["a", "compare", "fused", "wide"]);
    expect(changedBy("fuse: [a, b]", "fuse: [b, a]")).toEqual(["compare", "fused", "wide"]);
    expect(changedBy("steps: 10", "steps: 11")).toHaveLength(7);
  });

  it("do not change with how often a stage validates, saves and draws", () => {
    expect(
      changedBy(
        "steps: 10",
        "steps: 10, evaluate_every: 7, checkpoint_every: 3, heatmaps_every: 1",
      ),
    ).toEqual([]);
  });

  it("do not change with a default that is written out, nor with the order of the keys", () => {
    expect(changedBy("{ train: small, seed: 1 }", "{ batch: 16, seed: 1, train: small }")).toEqual(
      [],
    );
  });

  it("change with the precision, which is float32 where nothing is said", () => {
    expect(changedBy("seed: 9", "seed: 9, precision: float32")).toEqual([]);
    expect(changedBy("seed: 9", "seed: 9, precision: float16")).toEqual(["alone"]);
  });

  it("do not change with what is kept in memory", () => {
    expect(changedBy("seed: 9", "seed: 9, recompute: true")).toEqual([]);
  });

  it("change with the content of a corpus, not with where it lies", () => {
    const other = { ...identities, corpus: ({ name }: { name: string }) => `other ${name}` };
    const here = inputHashes(resolved(text), identities);
    expect(inputHashes(resolved(text, "/elsewhere"), identities)).toEqual(here);
    for (const [name, hash] of inputHashes(resolved(text), other))
      expect(hash).not.toBe(here.get(name));
  });

  it("stay what they were in the version before: finished stages are not run again", () => {
    const hash = inputHashes(resolved(text), identities).get("compare");
    expect(hash).toMatchInlineSnapshot(
      `"d4ff2f8f83a9fff5c281c25b637c9c96e29778c4c0eac6e9b025e2616ba3fa97"`,
    );
  });
});

describe("canonical()", () => {
  it("is the same for objects with the same entries in any order", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (object) => {
        const turned = Object.fromEntries(Object.entries(object).reverse());
        expect(canonical(turned)).toBe(canonical(object));
      }),
    );
  });
});
