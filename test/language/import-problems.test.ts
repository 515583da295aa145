import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { byteTokenizer } from "../../server/data/byte-tokenizer";
import { importProblems, rememberImports } from "../../server/language/import-problems";
import { parseRecipe } from "../../server/recipe/parse";
import { readImported } from "../../server/recipe/stage-models";
import { configured } from "../fusion/support/parents";
import { writeParent, writeParents } from "../fusion/support/parent-folders";
import { noHub } from "../hugging-face/support/hubs";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "deep-fusion-imports-"));
  await writeParents(folder);
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const bytes = byteTokenizer();

const problemsOf = (stages: string, rest = "") =>
  importProblems(parseRecipe(`version: 1\n${rest}stages:\n${stages}`, "recipe"), {
    ...{ directory: folder, tokenizer: bytes, hub: noHub, read: readImported },
  });

const vocabularyText = (tokens: readonly string[]) =>
  JSON.stringify({ model: { vocab: tokens.map((token) => [token, 0]) } });

const imports = "  a: { import: a }\n  b: { import: b }\n  odd: { import: odd }\n";

/** As the editor shows them, with what it offers. */
async function shown(stages: string, rest?: string) {
  const problems = await problemsOf(stages, rest);
  return problems.map(({ key, message, fixes = [] }) => [key, message, fixes] as const);
}

describe("importProblems()", () => {
  it("has none for checkpoints that fit", async () => {
    expect(await problemsOf(`${imports}  f: { fuse: [a, b] }\n`)).toEqual([]);
  });

  it("says what does not fit, and offers to fuse either with itself", async () => {
    const found = await shown(`${imports}  f: { fuse: [a, odd], seed: 3 }\n`);
    expect(found.map(([key]) => key)).toEqual(["stages.f.fuse", "stages.f.fuse"]);
    expect(found[0]![1]).toMatch(
      /^cannot fuse a, odd: layer_norm_epsilon: a has 0\.000001, odd has 0\.00001/,
    );
    expect(found[0]![2]).toEqual(
      ["a", "odd"].map((name) => ({
        title: `Fuse "${name}" with itself`,
        path: "stages.f",
        value: `{ fuse: ${name}, copies: 2, fill: 0, seed: 3 }`,
      })),
    );
  });

  it("offers to leave out the one of three that does not fit", async () => {
    const [found] = await shown(`${imports}  f: { fuse: [a, b, odd] }\n`);
    expect(found![2]).toEqual([{ title: 'Fuse without "odd"', path: "stages.f.fuse[2]" }]);
  });

  it("offers a declared model the value of what was imported", async () => {
    const stages = `${imports}  t: { train: m, steps: 1 }\n  f: { fuse: [odd, t] }\n`;
    const given = (keys: string) =>
      shown(stages, `models: { m: { ${keys} } }\ncorpora: { c: { files: [x.txt] } }\n`);
    const found = await given("preset: t5-nano");
    for (const [key, value] of [
      ["layer_norm_epsilon", "0.00001"],
      ["dropout_rate", "0.1"],
    ] as const) {
      const fault = found.find(([, message]) => message.includes(`: ${key}: `));
      const title = `Give the model "m" ${key}: ${value}`;
      expect(fault![2]).toEqual([{ title, path: `models.m.${key}`, value }]);
      const left = await given(`preset: t5-nano, ${key}: ${value}`);
      expect(left.map(([, message]) => message)).toEqual(
        found.filter((each) => each !== fault).map(([, message]) => message),
      );
    }
  });

  it("compares tokenizers by what their ids stand for", async () => {
    await writeFile(join(folder, "a", "tokenizer.json"), vocabularyText(["<pad>", "</s>", "x"]));
    await writeFile(join(folder, "b", "tokenizer.json"), vocabularyText(["<pad>", "</s>", "x"]));
    expect(await problemsOf(`${imports}  f: { fuse: [a, b] }\n`)).toEqual([]);
    await writeFile(join(folder, "b", "tokenizer.json"), vocabularyText(["<pad>", "</s>", "y"]));
    const [found] = await shown(`${imports}  f: { fuse: [a, b] }\n`);
    expect(found![1]).toMatch(/tokenizer: a has SHA-256 \w{12}, b has SHA-256 \w{12}/);
  });

  it("holds what is trained here, with the recipe's tokenizer, against what is imported", async () => {
    const nano = "models: { m: { preset: t5-nano } }\ncorpora: { c: { files: [x.txt] } }\n";
    const fused = `${imports}  t: { train: m, steps: 1 }\n  f: { fuse: [a, t] }\n`;
    const bytesOf = (name: string, tokenizer_class: string) =>
      writeFile(join(folder, name, "tokenizer_config.json"), JSON.stringify({ tokenizer_class }));
    const aboutTokenizers = async (stages: string) => {
      const found = await shown(stages, nano);
      return found.filter(([, message]) => message.includes(": tokenizer: "));
    };
    await bytesOf("a", "ByT5Tokenizer");
    expect(await aboutTokenizers(fused)).toEqual([]);
    await bytesOf("a", "T5Tokenizer");
    await writeFile(join(folder, "a", "tokenizer.json"), vocabularyText(["<pad>", "</s>", "x"]));
    expect(await aboutTokenizers(fused)).toEqual([
      [
        "stages.f.fuse",
        expect.stringMatching(/tokenizer: a has SHA-256 \w{12}, t has SHA-256 \w{12}/),
        [expect.objectContaining({ title: 'Fuse "a" with itself' }), expect.anything()],
      ],
    ]);
  });

  it("says that a checkpoint is trained with another tokenizer than its own", async () => {
    const corpus = "corpora: { c: { files: [x.txt] } }\n";
    const trained = `${imports}  t: { train: a, steps: 1 }\n  u: { train: t, steps: 1 }\n`;
    expect(await problemsOf(trained, corpus)).toEqual([]);
    await writeFile(join(folder, "a", "tokenizer.json"), vocabularyText(["<pad>", "</s>", "x"]));
    expect(await problemsOf(trained, corpus)).toMatchObject([
      {
        severity: "information",
        key: "stages.t.train",
        message: expect.stringContaining('"a" was made with another tokenizer') as string,
      },
    ]);
  });

  it("says why a folder cannot be imported, where it is named", async () => {
    await rm(join(folder, "b", "model.safetensors"));
    await writeFile(join(folder, "b", "pytorch_model.bin"), "");
    const found = await shown(`${imports}  f: { fuse: [a, b] }\n`);
    expect(found).toEqual([
      ["stages.b.import", expect.stringContaining("save it with save_pretrained"), []],
    ]);
  });

  it("does not judge what would take long", async () => {
    const many = "a, ".repeat(64);
    expect(await problemsOf(`${imports}  f: { fuse: [${many}odd] }\n`)).toEqual([]);
    const powers = Array.from({ length: 60 }, (_, i) => {
      return `  f${i + 1}: { fuse: [f${i}, f${i}], method: property }\n`;
    });
    expect(await problemsOf(`${imports}  f0: { fuse: [a, b] }\n${powers.join("")}`)).toEqual([]);
  });

  it("leaves what is missing to others, and asks nobody for what is on the Hub", async () => {
    const hub = "  h: { import: hf://tiny/h }\n  none: { import: none }\n";
    expect(await problemsOf(`${imports}${hub}  f: { fuse: [a, h, none] }\n`)).toEqual([]);
  });
});

describe("rememberImports()", () => {
  it("reads a checkpoint again only when it has changed", async () => {
    let reads = 0;
    const read = rememberImports((directory) => {
      reads++;
      return readImported(directory);
    });
    const directory = join(folder, "a");
    await read(directory);
    await read(directory);
    expect(reads).toBe(1);
    await writeParent(directory, configured({ d_model: 8 }), 4);
    expect((await read(directory)).configuration.d_model).toBe(8);
    expect(reads).toBe(2);
  });
});
