import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { command } from "../../support/command-line";

const recipe = `version: 1
corpora:
  text: { files: [text.txt], holdout: 0.1 }
tokenizer: bytes
models:
  small: { preset: t5-nano }
stages:
  a:
    train: small
    steps: 6
    inputs: 32
    batch: 4
    corpus: text
    schedule: { kind: constant, peak: 0.01 }
    checkpoint_every: 3
`;

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "deep-fusion-tensorflow-"));
  await writeFile(join(directory, "small.fusion.yaml"), recipe);
  const line = "The whale is a mammal, and swims in the sea like a fish.\n";
  await writeFile(join(directory, "text.txt"), line.repeat(200));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

async function answer(...parameters: readonly string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await command(directory, ...parameters, "--json");
  expect(code, stderr).toBe(0);
  // TensorFlow and its package would have a lot to say.
  expect(stderr).not.toMatch(/deprecat|warning|tensorflow\/core/i);
  return JSON.parse(stdout) as Record<string, unknown>;
}

async function losses(run: string): Promise<number[]> {
  const log = await readFile(join(directory, run, "a", "log.jsonl"), "utf8");
  const records = log
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Readonly<Record<string, number>>);
  return records.flatMap(({ loss }) => (loss === undefined ? [] : [loss]));
}

test("a run trains on TensorFlow as on the graph engine, and its checkpoint measures alike", async () => {
  for (const engine of ["tensorflow", "graph"])
    await answer("run", "small.fusion.yaml", "--engine", engine, "--threads", "1", "--out", engine);
  const [actual, expected] = [await losses("tensorflow"), await losses("graph")];
  expect(actual).toHaveLength(6);
  actual.forEach((loss, step) => {
    expect(Math.abs(loss - expected[step]!)).toBeLessThan(1e-4);
  });
  const measure = (engine: string) =>
    answer("evaluate", "tensorflow/a/step-00000006", "--text", "text.txt", "--engine", engine);
  const [measured, again] = [await measure("tensorflow"), await measure("graph")];
  expect(measured.loss).toBeCloseTo(again.loss as number, 4);
  expect(measured.tokens).toBe(again.tokens);
});

test("a run in float16 is refused, and leaves nothing behind", async () => {
  const half = recipe.replace("steps: 6", "steps: 6\n    precision: float16");
  await writeFile(join(directory, "half.fusion.yaml"), half);
  const words = ["run", "half.fusion.yaml", "--engine", "tensorflow", "--out", "half"];
  const { code, stderr } = await command(directory, ...words);
  expect(code).toBe(1);
  expect(stderr).toContain(
    "Cannot train in float16 with the tensorflow engine: TensorFlow.js computes in float32 alone; " +
      "take the graph engine (--engine graph), or set precision: float32 in the recipe",
  );
  expect(existsSync(join(directory, "half"))).toBe(false);
});

test("the doctor finds the engine usable, and says its version and memory", async () => {
  const { engines } = await answer("doctor");
  const rows = engines as readonly Readonly<Record<string, unknown>>[];
  const row = rows.find(({ engine, device }) => engine === "tensorflow" && device === "cpu");
  expect(row).toMatchObject({ usable: true, reason: "", precisions: ["float32"] });
  expect(row?.version).toMatch(/^TensorFlow 2\.\d+\.\d+$/);
  expect(row?.memory_bytes).toBeGreaterThan(2 ** 30);
});
