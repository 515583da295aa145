import { describe, expect, it } from "vitest";
import { complete } from "../../server/language/completion";
import { apply, atCursor, paths, sample } from "./support/snippet";

async function labels(marked: string): Promise<string[]> {
  const { document, offset } = atCursor(marked);
  return (await complete(document, offset, paths)).map(({ label }) => label);
}

describe("complete()", () => {
  it.each([
    ["the file's keys", "version: 1\n|", ["corpora", "models", "stages"], ["version"]],
    ["the file's keys, begun", "version: 1\nmo|", ["models"], ["version"]],
    ["a model's keys in a flow", "models: { s: { preset: t5-nano, | } }", ["d_model"], ["preset"]],
    [
      "a model's keys in a block",
      "models:\n  s:\n    preset: t5-nano\n    |",
      ["d_ff"],
      ["preset"],
    ],
    ["a first key in an empty block", "models:\n  s:\n    |\nstages: {}", ["preset"], []],
    ["kinds of stages", "stages:\n  s:\n    |", ["train", "fuse", "import", "evaluate"], ["steps"]],
    ["whole stages beside their name", "stages:\n  s: |", ["{ train: … }", "{ fuse: … }"], []],
    ["a train stage's keys", "stages:\n  s: { train: x, | }", ["steps", "seed"], ["fuse", "train"]],
    ["presets", "models: { s: { preset: | } }", ["t5-small", "t5-nano"], []],
    ["methods", "stages: { f: { fuse: [a, b], method: | } }", ["rule", "calibrated"], []],
    ["schedules", "defaults: { train: { schedule: | } }", ["wsd", "cosine"], []],
    ["kinds of schedules", "defaults: { train: { schedule: { kind: | } } }", ["wsd"], []],
    [
      "a schedule's keys",
      "defaults: { train: { schedule: { kind: wsd, | } } }",
      ["decay"],
      ["floor"],
    ],
    ["truths", "models: { s: { tie_word_embeddings: | } }", ["true", "false"], []],
    ["embedded texts", "corpora: { b: { embedded: [|] } }", ["moby-dick", "sotu"], []],
    [
      "what can be trained",
      sample.replace("train: fused", "train: |"),
      ["small", "fused"],
      ["child", "books"],
    ],
    [
      "parents not yet named",
      sample.replace("[a, b]", "[a, |]"),
      ["b", "child"],
      ["a", "fused", "small"],
    ],
    ["corpora", sample.replace("steps: 20", "corpus: |"), ["books"], ["small"]],
    ["tokenizers", "tokenizer: |", ["bytes", "tokenizer.json", "data/"], ["notes.md"]],
    [
      "checkpoints",
      "stages: { f: { import: | } }",
      ["checkpoints/flan-small", "data/"],
      ["tokenizer.json"],
    ],
    ["files of a folder", "corpora: { b: { files: [data/|] } }", ["data/book one.txt"], []],
  ])("offers %s", async (_, marked, offered, withheld) => {
    const found = await labels(marked);
    expect(found).toEqual(expect.arrayContaining(offered));
    for (const label of withheld) expect(found).not.toContain(label);
  });

  it("offers nothing for names of the user's choice, in comments or in unknown keys", async () => {
    expect(await labels("models:\n  |")).toEqual([]);
    expect(await labels("version: 1 # mo|")).toEqual([]);
    expect(await labels("nonsense: { | }")).toEqual([]);
  });

  it("replaces the whole word, and leaves a colon that is there", async () => {
    const { document, offset } = atCursor("models: { s: { pre|se: t5-nano } }");
    const item = (await complete(document, offset, paths)).find(({ label }) => label === "preset")!;
    expect(apply(document, [item.textEdit as never])).toBe("models: { s: { preset: t5-nano } }");
  });

  it("answers within a broken text", async () => {
    expect(
      await labels("stages:\n  a: { train: |\n  b: { fuse: [a\nmodels:\n  m: { preset: x }"),
    ).toContain("m");
  });

  it("answers the same in a long recipe as in a short one", async () => {
    const long =
      sample + Array.from({ length: 200 }, (_, i) => `  s${i}: { train: a, steps: 1 }\n`).join("");
    const marked = long.replace("steps: 20\n", "steps: 20\n    |\n");
    expect(await labels(marked)).toEqual(expect.arrayContaining(["seed", "corpus"]));
    expect(await labels(long.replace("train: fused", "train: |"))).toContain("s199");
    expect(await labels(`${long}o|`)).toEqual(expect.arrayContaining(["objective", "tokenizer"]));
  });
});
