import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { memory } from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { openCheckpoint } from "../../server/checkpoint/checkpoint";
import { parameterShapes } from "../../server/checkpoint/parameters";
import { openSafetensors } from "../../server/checkpoint/safetensors";
import { writeCheckpoint } from "../../server/checkpoint/write-checkpoint";
import { evaluate, type EvaluateOptions } from "../../server/commands/evaluate";
import { temporaryFolders } from "../checkpoint/support/folder";
import { trained } from "../checkpoint/support/lineages";
import { type GoldenCase, goldenCases } from "../support/golden-t5";
import { referenceEngine } from "../support/reference-engine";

const newFolder = temporaryFolders();
const goldenFolder = fileURLToPath(new URL("../golden/t5/", import.meta.url));
const golden = JSON.parse(readFileSync(join(goldenFolder, "golden.json"), "utf8")) as {
  readonly cases: Readonly<Record<string, { readonly loss: number }>>;
};

/** Padded, of three examples, and untied: what can go wrong, does here. */
const padded = goldenCases().find(
  ({ shape, configuration }) =>
    shape.masked && shape.examples === 3 && !configuration.tie_word_embeddings,
)!;

/** The batch's rows without their padding. */
function linesOf({ batch, shape }: GoldenCase): { input_ids: number[]; labels: number[] }[] {
  return Array.from({ length: shape.examples }, (_, row) => {
    const part = (name: string, length: number) => [
      ...batch[name]!.slice(row * length, (row + 1) * length),
    ];
    const mask = part("attention_mask", shape.inputs);
    return {
      input_ids: part("input_ids", shape.inputs).filter((_, i) => mask[i] === 1),
      labels: part("labels", shape.targets).filter((label) => label >= 0),
    };
  });
}

async function run(text: string, changes: Partial<EvaluateOptions> = {}, folder = newFolder()) {
  const directory = join(folder, "model");
  const { configuration, weight } = padded;
  const shapes = parameterShapes(configuration);
  const weights = { shapes, read: (name: string) => Promise.resolve(weight(name)) };
  await writeCheckpoint(directory, { configuration, weights, lineage: trained(1) });
  const examples = join(folder, "examples.jsonl");
  writeFileSync(examples, text);
  const checkpoint = await openCheckpoint(directory);
  try {
    return await evaluate({ checkpoint, engine: referenceEngine(), examples, ...changes });
  } finally {
    await checkpoint.close();
  }
}

const lines = linesOf(padded);
const text = lines.map((line) => JSON.stringify(line)).join("\n");

describe("evaluate()", () => {
  test("gives transformers' loss, logits and gradients of examples of unequal length", async () => {
    const folder = newFolder();
    const logits = join(folder, "logits.safetensors");
    const gradients = join(folder, "gradients.safetensors");
    const tensorsBefore = memory().numTensors;
    const result = await run(text, { logits, gradients }, folder);

    const tokens = lines.reduce((sum, { labels }) => sum + labels.length, 0);
    expect(result).toMatchObject({ tokens, examples: 3 });
    expect(result.loss).toBeCloseTo(golden.cases[padded.name]!.loss, 4);
    expect(memory().numTensors).toBe(tensorsBefore);
    expect(readdirSync(folder).toSorted()).toEqual([
      "examples.jsonl",
      "gradients.safetensors",
      "logits.safetensors",
      "model",
    ]);
    const expected = await openSafetensors(join(goldenFolder, `${padded.name}.safetensors`));
    await checkLogits(logits, await expected.read("logits"));
    const written = await openSafetensors(gradients);
    expect([...written.shapes]).toEqual([...parameterShapes(padded.configuration)]);
    for (const name of written.shapes.keys()) {
      const reference = await expected.read(name);
      const difference = (await written.read(name)).map((value, i) => value - reference[i]!);
      expect(Math.hypot(...difference) / Math.hypot(...reference)).toBeLessThan(1e-3);
    }
    await written.close();
    await expected.close();
  });

  test("is the same with and without gradients, and whatever the order and blank lines", async () => {
    const one = await run(text);
    const other = await run(
      `\n${lines
        .toReversed()
        .map((line) => JSON.stringify(line))
        .join("\n\n")}\n`,
    );
    expect(other.loss).toBeCloseTo(one.loss, 5);
    expect(other.accuracy).toBe(one.accuracy);
  });

  test("ignores padding in inputs and labels", async () => {
    const longer = lines.map(({ input_ids, labels }) =>
      JSON.stringify({ input_ids: [...input_ids, 0, 0, 0], labels: [...labels, -100, -100] }),
    );
    const one = await run(text);
    const other = await run(longer.join("\n"));
    expect(other.tokens).toBe(one.tokens);
    expect(other.loss).toBeCloseTo(one.loss, 5);
  });

  test("leaves the file that was there when it fails", async () => {
    const folder = newFolder();
    const logits = join(folder, "missing", "logits.safetensors");
    await expect(run(text, { logits }, folder)).rejects.toThrow(
      /^Cannot write .*logits\.safetensors: its folder is not there; .*\(ENOENT\)$/,
    );
  });

  test.each([
    ["{", /examples\.jsonl, line 2: not JSON/],
    ['{"input_ids": [4]}', /line 2: "labels" must be a list/],
    ['{"input_ids": [4, 1e6], "labels": [5]}', /line 2: "input_ids" has 1000000; ids are whole/],
    ['{"input_ids": [4], "labels": [5.5]}', /line 2: "labels" has 5\.5; ids are whole/],
  ])("names the line of %s", async (line, message) => {
    await expect(run(`${JSON.stringify(lines[0])}\n${line}`)).rejects.toThrow(message);
  });

  test("says which file of examples is not there", async () => {
    const folder = newFolder();
    const examples = join(folder, "none.jsonl");
    await expect(run(text, { examples }, folder)).rejects.toThrow(
      /^Cannot read examples from .*none\.jsonl: it is not there/,
    );
  });

  test("refuses examples that have no target at all", async () => {
    await expect(run('{"input_ids": [4], "labels": [-100]}')).rejects.toThrow(
      /Cannot evaluate .*: all of its labels are padding/,
    );
  });
});

async function checkLogits(path: string, reference: Float32Array): Promise<void> {
  const file = await openSafetensors(path);
  const { vocab_size } = padded.configuration;
  const targets = Math.max(...lines.map(({ labels }) => labels.length));
  expect([...file.shapes]).toEqual([["logits", [3, targets, vocab_size]]]);
  const values = await file.read("logits");
  const largest = Math.max(...reference.map(Math.abs));
  lines.forEach(({ labels }, row) => {
    const own = labels.length * vocab_size;
    const start = row * padded.shape.targets * vocab_size;
    const written = values.slice(row * targets * vocab_size, (row + 1) * targets * vocab_size);
    reference.slice(start, start + own).forEach((value, i) => {
      expect(Math.abs(written[i]! - value)).toBeLessThan(1e-4 * largest);
    });
    expect(written.slice(own).every((value) => value === 0)).toBe(true);
  });
  await file.close();
}
