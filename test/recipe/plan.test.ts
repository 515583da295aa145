import { mkdir, mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { noHub } from "../hugging-face/support/hubs";
import { planRecipe } from "../../server/recipe/plan";
import { formatProblem } from "../../server/recipe/problem";

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "deep-fusion-plan-"));
});

afterEach(() => rm(directory, { recursive: true }));

const recipe = `version: 1
corpora: { books: { files: "text/*.txt" } }
models: { small: { preset: t5-nano } }
defaults: { train: { steps: 10 } }
stages:
  a: { train: small, seed: 1 }
  fused: { fuse: a, copies: 3, fill: 0.1 }
  wide: { train: fused }
`;

const plan = (text: string) =>
  planRecipe({
    text,
    file: join(directory, "x.fusion.yaml"),
    shownAs: "x.fusion.yaml",
    hub: noHub,
  });

async function writeText(text: string): Promise<void> {
  await mkdir(join(directory, "text"), { recursive: true });
  await writeFile(join(directory, "text", "a.txt"), text);
}

describe("planRecipe()", () => {
  it("knows the model of every stage before any is run", async () => {
    await writeText("Some words.");
    const { plan: made, problems } = await plan(recipe);
    expect(problems).toEqual([]);
    expect(made!.configurations.get("wide")).toMatchObject({
      d_model: 48,
      num_heads: 6,
      vocab_size: 384,
    });
    expect(made!.stages.map(({ name }) => name)).toEqual(["a", "fused", "wide"]);
  });

  it("reports at its key every file that is missing", async () => {
    const text = `${recipe.replace("version: 1", "version: 1\ntokenizer: nowhere.json")}  old: { import: checkpoints/old }\n`;
    const { plan: made, problems } = await plan(text);
    expect(made).toBeUndefined();
    const lines = problems.map((problem) => formatProblem(problem).replaceAll(directory, "DIR"));
    expect(lines).toEqual([
      expect.stringMatching(/^x\.fusion\.yaml:2:12: error: tokenizer: .*nowhere\.json/),
      expect.stringMatching(
        /^x\.fusion\.yaml:3:28: error: corpora\.books\.files: .*no file matches DIR\/text/,
      ),
      expect.stringMatching(
        /^x\.fusion\.yaml:10:18: error: stages\.old\.import: .*no config\.json/,
      ),
    ]);
  });

  it("looks at the files of a recipe that has other errors too", async () => {
    const text = `${recipe.replace("version: 1", "version: 1\ntokenizer: nowhere.json").replace("steps: 10", "steps: none")}  old: { import: checkpoints/old }\n`;
    const { problems } = await plan(text);
    expect(problems.map(({ key }) => key)).toEqual([
      "tokenizer",
      "corpora.books.files",
      "defaults.train.steps",
      "stages.old.import",
    ]);
  });

  it("looks at no files where the text is no YAML to rely on", async () => {
    const { problems } = await plan(`${recipe}  broken: { train: "a }\n`);
    expect(problems.map(({ key }) => key)).not.toContain("corpora.books.files");
  });

  it("hashes a corpus by its content: touched it is the same, edited another", async () => {
    const hash = async () => (await plan(recipe)).plan!.hashes.get("wide");
    await writeText("Some words.");
    const first = await hash();
    await utimes(join(directory, "text", "a.txt"), new Date(0), new Date(0));
    expect(await hash()).toBe(first);
    await writeText("Same words.");
    expect(await hash()).not.toBe(first);
  });
});
