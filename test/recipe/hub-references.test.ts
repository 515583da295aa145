import { describe, expect, test } from "vitest";
import { parseRecipe } from "../../server/recipe/parse";
import { planRecipe } from "../../server/recipe/plan";
import { formatProblem } from "../../server/recipe/problem";
import { resolveRecipe } from "../../server/recipe/resolve";
import { pinsOf } from "../../server/recipe/pins";
import { temporaryFolders } from "../checkpoint/support/folder";
import { writeParents } from "../fusion/support/parent-folders";
import { join } from "node:path";
import { asking, filesOf, hubServers } from "../hugging-face/support/hubs";

const newFolder = temporaryFolders();
const newHub = hubServers();

function problemsOf(text: string): string[] {
  return parseRecipe(text, "r.yaml").problems.map(formatProblem);
}

const around = (stages: string, rest = "") => `version: 1\n${rest}stages:\n${stages}`;

describe("references to the Hub in a recipe", () => {
  test("may stand for stages, checkpoints, the tokenizer and files of text", () => {
    const text = around(
      "  small: { import: hf://google/flan-t5-small }\n" +
        "  fused: { fuse: [small, hf://google/flan-t5-base@main] }\n" +
        "  on: { train: hf://google/flan-t5-base@main, steps: 5 }\n" +
        "  which: { evaluate: [on, hf://google/flan-t5-small] }\n",
      "corpora:\n  c4: { files: hf://datasets/allenai/c4/en/c4-train.0000*.json.gz }\ntokenizer: hf://google/flan-t5-small\n",
    );
    expect(problemsOf(text).filter((problem) => problem.includes("error"))).toEqual([]);
  });

  test("are held to their form where they stand, each with what would be right", () => {
    const text = around(
      "  a: { import: hf://flan }\n  b: { fuse: [a, hf://datasets/x/y] }\n  c: { import: https://huggingface.co/google/flan-t5-small }\n",
      "corpora:\n  c4: { files: [hf://allenai/c4, https://huggingface.co/datasets/allenai/c4/blob/main/en/x.json.gz] }\ntokenizer: hf://a/b/tokenizer.json\n",
    );
    const model = "allowed: hf://OWNER/NAME or hf://OWNER/NAME@REVISION";
    const errors = problemsOf(text).filter((problem) => problem.includes("error"));
    expect(errors).toEqual([
      expect.stringContaining('files[0]: "hf://allenai/c4" names a model; allowed: hf://datasets/'),
      expect.stringContaining(
        'files[1]: "https://huggingface.co/datasets/allenai/c4/blob/main/en/x.json.gz" is a web address',
      ),
      expect.stringContaining(
        'tokenizer: "hf://a/b/tokenizer.json" goes on with "/tokenizer.json"',
      ),
      expect.stringContaining(`stages.a.import: "hf://flan" names no owner; ${model}`),
      expect.stringContaining(`stages.b.fuse[1]: "hf://datasets/x/y" names a data set; ${model}`),
      expect.stringContaining('"https://huggingface.co/google/flan-t5-small" is a web address'),
    ]);
    const fixes = parseRecipe(text, "r.yaml").problems.flatMap((problem) => problem.fixes ?? []);
    expect(fixes.map(({ title }) => title)).toEqual([
      "Use hf://datasets/allenai/c4/en/x.json.gz",
      "Use hf://google/flan-t5-small",
    ]);
  });

  test("in place of a stage become import stages, one for each, of a name that is free", () => {
    const { recipe } = parseRecipe(
      around(
        "  model: { import: hf://x/y.z }\n  fused: { fuse: [hf://x/model, hf://x/y.z, hf://Other/Model] }\n  on: { train: hf://x/model, steps: 3 }\n",
        "corpora: { sea: { embedded: moby-dick } }\n",
      ),
      "r.yaml",
    );
    const hub = { ...asking({ endpoint: "http://127.0.0.1:9" }, "/cache"), offline: true };
    const commit = "0123456789".repeat(4);
    const pins = pinsOf(hub, { "hf://x/model": commit, "hf://x/y.z": commit });
    const stages = resolveRecipe(recipe!, { directory: "/", vocabulary: 384, pins });
    expect(stages.map(({ name, kind }) => `${name} ${kind}`)).toEqual([
      ...["model-2 import", "y-z import", "Model-3 import"],
      ...["model import", "fused fuse", "on train"],
    ]);
    expect(stages[0]).toMatchObject({
      directory: join("/cache", "models--x--model", "snapshots", commit),
      reference: `hf://x/model@${commit}`,
    });
    expect(stages[4]).toMatchObject({ parents: ["model-2", "y-z", "Model-3"] });
    expect(stages[5]).toMatchObject({ from: { kind: "stage", name: "model-2" } });
  });
});

describe("planRecipe() with references", () => {
  async function hosted() {
    const folder = newFolder();
    await writeParents(folder);
    const server = await newHub();
    const commits = ["a", "b", "odd"].map(
      (name) => server.host({ name: `tiny/${name}`, files: filesOf(join(folder, name)) }).commit,
    );
    const hub = asking(server, join(folder, "cache"));
    const plan = (text: string, revisions?: Record<string, string>) =>
      planRecipe({
        text,
        file: join(folder, "r.fusion.yaml"),
        shownAs: "r.yaml",
        hub: () => hub,
        revisions,
      });
    return { server, commits, plan, folder };
  }

  test("knows commits and sizes before a weight is fetched, and goes by commits from then on", async () => {
    const { server, commits, plan, folder } = await hosted();
    const text = around("  fused: { fuse: [hf://tiny/a, hf://tiny/b] }\n");
    const { plan: first, problems } = await plan(text);
    expect(problems).toEqual([]);
    expect(first!.revisions).toEqual({ "hf://tiny/a": commits[0], "hf://tiny/b": commits[1] });
    expect(first!.configurations.get("fused")!.d_model).toBe(10);
    server.host({ name: "tiny/a", files: { ...filesOf(join(folder, "a")), "README.md": "moved" } });
    expect((await plan(text)).plan!.hashes.get("a")).not.toBe(first!.hashes.get("a"));
    expect((await plan(text, first!.revisions)).plan!.hashes).toEqual(first!.hashes);
  });

  test("reports what does not fit, and what is not there, where it stands", async () => {
    const { plan } = await hosted();
    const misfit = await plan(around("  fused: { fuse: [hf://tiny/a, hf://tiny/odd] }\n"));
    expect(misfit.problems.map(({ key }) => key)).toContain("stages.fused.fuse");
    const missing = await plan(
      around("  a: { import: ./none }\n  fused: { fuse: [a, hf://tiny/none] }\n"),
    );
    expect(missing.problems.map(({ key, message }) => [key, message.slice(0, 40)])).toEqual([
      ["stages.a.import", expect.stringContaining("Cannot import")],
      ["stages.fused.fuse[1]", "Cannot find hf://tiny/none: http://127.0"],
    ]);
  });
});
