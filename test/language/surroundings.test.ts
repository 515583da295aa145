import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { noHub } from "../hugging-face/support/hubs";
import { gatherFacts, rememberTokenizers } from "../../server/language/gather-facts";
import { speedOf } from "../../server/language/machine-speed";
import { recipePaths } from "../../server/language/workspace-paths";
import { workspaceProblems } from "../../server/language/workspace-problems";
import type { StepRecord } from "../../server/protocol/metrics";
import { parseRecipe } from "../../server/recipe/parse";
import { formatProblem } from "../../server/recipe/problem";
import { sample } from "./support/snippet";
import { runRecord } from "../support/run-record";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "deep-fusion-around-"));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

function steps(count: number, flops: number, seconds: number): StepRecord[] {
  return Array.from({ length: count }, (_, index) => ({
    step: index + 1,
    loss: 1,
    accuracy: 0,
    learning_rate: 0,
    gradient_norm: 0,
    tokens: 0,
    flops: (index + 1) * flops,
    seconds,
    memory_bytes: 0,
  }));
}

describe("speedOf()", () => {
  it("is FLOPs a second over steps in a row", () => {
    expect(speedOf(steps(11, 1e9, 0.5))).toBeCloseTo(2e9);
  });

  it("says nothing of too few steps, or of none", () => {
    expect(speedOf(steps(3, 1e9, 0.5))).toBeUndefined();
    expect(speedOf([])).toBeUndefined();
    expect(speedOf(steps(20, 0, 0))).toBeUndefined();
  });
});

describe("gatherFacts()", () => {
  const tokenizer = { sha256: "0", vocabSize: 384 };
  const around = () => ({
    file: join(folder, "sample.fusion.yaml"),
    runRoots: [join(folder, "runs")],
    storage: join(folder, "storage"),
    readTokenizer: () => Promise.resolve(tokenizer),
    hub: noHub,
  });
  const { draft } = parseRecipe(sample, "sample");

  async function writeRun(recipeFile: string): Promise<void> {
    const run = join(folder, "runs", "sample");
    await mkdir(join(run, "a"), { recursive: true });
    const stage = { kind: "train", state: "done", inputs_sha256: "" } as const;
    const resume = { recipe_file: recipeFile, parallel: 1 };
    const record = runRecord({ stages: { a: stage }, resume });
    await writeFile(join(run, "run.json"), JSON.stringify(record));
    const log = steps(20, 1e9, 0.5).map((step) => `${JSON.stringify(step)}\n`);
    await writeFile(join(run, "a", "log.jsonl"), `${log.join("")}{"step": 21, "lo`);
  }

  it("finds the recipe's run, and keeps the machine's speed for recipes that have none", async () => {
    expect(await gatherFacts(draft, around())).toMatchObject({
      tokenizer,
      flopsPerSecond: undefined,
      run: undefined,
    });
    await writeRun(around().file);
    const facts = await gatherFacts(draft, around());
    expect(facts.run).toMatchObject({ folder: join(folder, "runs", "sample"), running: false });
    expect(facts.flopsPerSecond).toBeCloseTo(2e9);
    const kept = await readFile(join(folder, "storage", "machine-speed.json"), "utf8");
    expect(JSON.parse(kept)).toEqual({ flops_per_second: 2e9 });
    await rm(join(folder, "runs"), { recursive: true });
    expect(await gatherFacts(draft, around())).toMatchObject({ flopsPerSecond: 2e9 });
  });

  it("leaves alone the run of another recipe of the same name", async () => {
    await writeRun(join(folder, "elsewhere", "sample.fusion.yaml"));
    expect((await gatherFacts(draft, around())).run).toBeUndefined();
  });

  it("does without what cannot be read", async () => {
    const broken = { ...around(), readTokenizer: () => Promise.reject(new Error("none")) };
    expect(await gatherFacts(draft, broken)).toMatchObject({ tokenizer: undefined });
  });
});

describe("rememberTokenizers()", () => {
  it("reads a tokenizer again only when its file has changed", async () => {
    let reads = 0;
    const read = rememberTokenizers(() => Promise.resolve({ sha256: "", vocabSize: ++reads }));
    const size = async (path: string) => (await read(path)).vocabSize;
    const file = join(folder, "tokenizer.json");
    await writeFile(file, "1");
    expect([await size(file), await size(file)]).toEqual([1, 1]);
    await rm(file);
    expect(await size(file)).toBe(2);
  });
});

describe("workspaceProblems()", () => {
  it("names missing text, tokenizers and checkpoints, and what lies near", async () => {
    await writeFile(join(folder, "books.txt"), "text");
    await mkdir(join(folder, "flan"));
    const text = `version: 1
tokenizer: tokenizer.json
corpora: { b: { files: [boks.txt, "none/*.txt", "*.txt"] } }
stages: { f: { import: flan }, g: { import: flann } }
`;
    const problems = await workspaceProblems(parseRecipe(text, "recipe"), folder);
    expect(problems.map(formatProblem)).toEqual([
      expect.stringContaining('there is no "boks.txt"; did you mean "books.txt"?'),
      expect.stringContaining('no file matches "none/*.txt"'),
      expect.stringContaining('tokenizer: there is no "tokenizer.json"'),
      expect.stringContaining('"flan" is no checkpoint: it has no config.json'),
      expect.stringContaining('there is no "flann"; did you mean "flan"?'),
    ]);
  });
});

describe("recipePaths()", () => {
  it("finds checkpoints below the recipe, without walking into them", async () => {
    await mkdir(join(folder, "checkpoints", "flan", "inner"), { recursive: true });
    await writeFile(join(folder, "checkpoints", "flan", "config.json"), "{}");
    await writeFile(join(folder, "checkpoints", "flan", "inner", "config.json"), "{}");
    expect(await recipePaths(folder).checkpoints()).toEqual(["checkpoints/flan"]);
    expect(await recipePaths(folder).entries("nowhere")).toEqual([]);
  });
});
