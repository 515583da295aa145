import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readRun, writeRun } from "../../server/recipe/run-folder";
import { command, startCommand } from "../support/command-line";
import { logged, trainerOf, weightsOf } from "../support/run-folder";

const recipe = `version: 1
corpora: { books: { embedded: moby-dick } }
models: { small: { preset: t5-nano } }
defaults:
  train: { inputs: 32, batch: 4, steps: 250, schedule: { kind: wsd, peak: 0.02 }, evaluate_every: 100,
           evaluate_examples: 8, checkpoint_every: 60, heatmaps_every: 100 }
stages:
  a: { train: small, seed: 1 }
  fused: { fuse: a, copies: 2, method: rule, fill: 0.1 }
  wide: { train: fused, seed: 2, steps: 120 }
  compare: { evaluate: [a, wide], examples: 16 }
`;

let directory: string;
/** Of a run that nobody disturbed. */
let undisturbed: Map<string, string>;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "deep-fusion-runs-"));
  await writeFile(join(directory, "small.fusion.yaml"), recipe);
  const run = await command(directory, "run", "small.fusion.yaml", "--threads", "1");
  expect(run).toMatchObject({ code: 0 });
  undisturbed = await weightsOf(inFolder("runs/small"));
});

afterAll(async () => {
  await rm(directory, { recursive: true });
});

const inFolder = (run: string) => join(directory, run);

const start = (run: string, ...flags: readonly string[]) =>
  startCommand(directory, "run", "small.fusion.yaml", "--out", run, "--threads", "1", ...flags);

/** As start(), of its first stage alone, for what happens in there. */
const startFirst = (run: string) => start(run, "--stage", "a");

/** Ends as if nothing had happened, as far as it was to go. */
async function resumes(run: string, stages: readonly string[] = ["a"]): Promise<void> {
  expect(await command(directory, "resume", run)).toMatchObject({ code: 0 });
  const wanted = [...undisturbed].filter(([path]) => stages.includes(path.split("/")[0]!));
  expect(wanted.length).toBeGreaterThan(0);
  expect(await weightsOf(inFolder(run))).toEqual(new Map(wanted));
}

describe("a run", () => {
  it("leaves every stage done, and says so as one JSON document", async () => {
    const { code, stdout } = await command(directory, "status", "runs/small", "--json");
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      running: false,
      done: true,
      record: {
        engine: "graph",
        device: "cpu",
        stages: { a: { state: "done", step: 250 }, compare: { state: "done" } },
      },
      comparisons: [{ stage: "compare", rows: [{ stage: "a" }, { stage: "wide" }] }],
    });
  });

  it("does nothing again when it is done already", async () => {
    const before = await readRun(inFolder("runs/small"));
    const { code, stdout } = await command(
      directory,
      "run",
      "small.fusion.yaml",
      "--threads",
      "1",
      "--json",
    );
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ state: "done" });
    expect((await readRun(inFolder("runs/small"))).stages).toEqual(before.stages);
  });

  it("counts every stage's time once in what came of it, the fusion's too", async () => {
    const { a, fused, wide } = (await readRun(inFolder("runs/small"))).stages;
    const seconds = [a, fused, wide].map((stage) => stage!.own_cost!.device_seconds);
    expect(Math.min(...seconds)).toBeGreaterThan(0);
    const total = seconds.reduce((sum, own) => sum + own);
    expect(wide!.cost!.device_seconds).toBeCloseTo(total, 6);
    expect(fused!.own_cost).toMatchObject({ steps: 0, tokens: 0, flops: 0 });
  });

  it("that is interrupted saves, and resumes to the same bytes", async () => {
    const { child, ended } = startFirst("interrupted");
    await logged(inFolder("interrupted"), "a", 100);
    child.kill("SIGINT");
    const { code, stderr } = await ended;
    expect(code).toBe(1);
    expect(stderr).toContain("deep-fusion resume interrupted");
    const { a } = (await readRun(inFolder("interrupted"))).stages;
    expect(a).toMatchObject({ state: "stopped" });
    expect(a!.step).toBeGreaterThan(0);
    await resumes("interrupted");
  });

  it("killed in one stage after the other resumes to the same bytes", async () => {
    let again = () => start("killed");
    for (const [stage, lines] of [
      ["a", 1],
      ["a", 90 + Math.floor(Math.random() * 100)],
      ["wide", 10 + Math.floor(Math.random() * 60)],
    ] as const) {
      const { child, ended } = again();
      await trainerOf(inFolder("killed"), stage); // what is logged may be from before
      await logged(inFolder("killed"), stage, lines);
      child.kill("SIGKILL");
      await ended;
      again = () => startCommand(directory, "resume", "killed");
    }
    await resumes("killed", ["a", "fused", "wide"]);
  });

  it("whose process was killed is told as stopped, with the way to go on", async () => {
    const { child, ended } = startFirst("orphaned");
    await logged(inFolder("orphaned"), "a", 20);
    const trainer = await trainerOf(inFolder("orphaned"), "a");
    child.kill("SIGKILL");
    process.kill(trainer, "SIGKILL");
    await ended;
    const { code, stdout, stderr } = await command(directory, "status", "orphaned");
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^orphaned in orphaned: not running; graph engine on cpu, 1 thread each/,
    );
    expect(stdout).toMatch(/^a +stopped/m);
    expect(stdout).not.toContain("running\n");
    expect(stderr).toBe("Go on with: npx deep-fusion resume orphaned\n");
    const asked = await command(directory, "status", "orphaned", "--json");
    expect(JSON.parse(asked.stdout)).toMatchObject({ running: false, paused: false, done: false });
  });

  it("is not resumed on an engine that cannot be had, and stays as it is", async () => {
    const folder = inFolder("orphaned");
    const record = await readRun(folder);
    for (const [changes, message] of [
      [
        { device: "webgpu" },
        /^deep-fusion: Cannot compute with graph on webgpu: .*; use graph on cpu\n$/,
      ],
      [
        { engine: "tensorflow" },
        /^deep-fusion: Cannot compute with tensorflow on cpu: .*; use graph on cpu\n$/,
      ],
      [
        { engine: "bogus" },
        /^deep-fusion: Cannot compute with bogus on cpu: .*; use graph on cpu\n$/,
      ],
    ] as const) {
      const elsewhere = { ...record, ...changes };
      await writeRun(folder, elsewhere);
      const { code, stderr } = await command(directory, "resume", "orphaned");
      expect({ code, stderr }).toEqual({
        code: 1,
        stderr: expect.stringMatching(message) as string,
      });
      expect(await readRun(folder)).toEqual(elsewhere);
    }
    await writeRun(folder, record);
    await resumes("orphaned");
  });

  it("whose trainer is killed says why, and resumes to the same bytes", async () => {
    const { ended } = startFirst("crashed");
    await logged(inFolder("crashed"), "a", 80);
    process.kill(await trainerOf(inFolder("crashed"), "a"), "SIGKILL");
    const { code, stderr } = await ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/a: failed: the trainer was killed.*want of memory.*micro_batch/);
    expect((await readRun(inFolder("crashed"))).stages.wide).toMatchObject({ state: "waiting" });
    await resumes("crashed");
  });

  it("refuses a second run in its folder, and goes on undisturbed", async () => {
    const { ended } = start("shared");
    await logged(inFolder("shared"), "a", 10);
    const second = await start("shared").ended;
    expect(second.code).toBe(1);
    const refusal = /Cannot run in shared: process \d+ has been running there since/;
    expect(second.stderr).toMatch(refusal);
    const third = await command(directory, "resume", "shared");
    expect(third).toMatchObject({ code: 1, stderr: expect.stringMatching(refusal) as string });
    expect(await ended).toMatchObject({ code: 0 });
    expect(await weightsOf(inFolder("shared"))).toEqual(undisturbed);
  });

  it("runs anew only what an edit changes, and keeps what that had made", async () => {
    const edited = recipe
      .replace("fill: 0.1", "fill: 0.05")
      .replace("evaluate_every: 100", "evaluate_every: 50");
    await writeFile(join(directory, "edited.fusion.yaml"), edited);
    const before = await readRun(inFolder("shared"));
    const { code, stderr } = await command(
      directory,
      "run",
      "edited.fusion.yaml",
      "--out",
      "shared",
      "--threads",
      "1",
    );
    expect(code).toBe(0);
    expect(stderr).toMatch(/fused: its inputs have changed.*kept in shared.*fused-1/);
    const after = await readRun(inFolder("shared"));
    expect(after.stages.a).toEqual(before.stages.a);
    expect(after.stages.wide!.inputs_sha256).not.toBe(before.stages.wide!.inputs_sha256);
    expect((await readdir(join(directory, "shared/.replaced"))).sort()).toEqual([
      "compare-1",
      "fused-1",
      "wide-1",
    ]);
  });

  it("runs one stage and what it needs", async () => {
    const args = ["--out", "part", "--stage", "fused", "--threads", "1", "--json"];
    const { code, stdout } = await command(directory, "run", "small.fusion.yaml", ...args);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      record: {
        stages: { a: { state: "done" }, fused: { state: "done" }, wide: { state: "waiting" } },
      },
    });
  });
});

describe("the command line", () => {
  it("refuses an engine or a device that there is not before it makes the run's folder", async () => {
    for (const [flag, value] of [
      ["--device", "cuda"],
      ["--device", "cpu,cuda:1"],
      ["--engine", "tensorflow"],
    ] as const) {
      const args = ["run", "small.fusion.yaml", "--out", "unmade", flag, value];
      const { code, stderr } = await command(directory, ...args);
      expect(code).toBe(1);
      expect(stderr).toMatch(/^deep-fusion: Cannot compute with .*; use graph on cpu.*\n$/);
      expect(await readdir(directory)).not.toContain("unmade");
    }
  });

  it("answers wrong usage with 2 and a word about it", async () => {
    for (const args of [
      ["bogus"],
      ["run"],
      ["run", "x.yaml", "--threads", "none"],
      ["run", "x.yaml", "--device", "cpu,gpu"],
      ["run", "x.yaml", "--device", "cpu,cpu"],
      ["report", "x"],
    ]) {
      const { code, stdout, stderr } = await command(directory, ...args);
      expect({ args, code, stdout }).toEqual({ args, code: 2, stdout: "" });
      expect(stderr).toMatch(/^error: /);
    }
    expect(await command(directory, "--help")).toMatchObject({ code: 0 });
  });

  it("answers a bad recipe with 1 and all of its problems", async () => {
    const bad = recipe
      .replace("seed: 2", "sed: 2")
      .replace("fuse: a", "fuse: b")
      .replace("t5-nano", "t5-nan");
    await writeFile(join(directory, "bad.fusion.yaml"), bad);
    for (const verb of ["run", "check"]) {
      const { code, stderr } = await command(directory, verb, "bad.fusion.yaml");
      expect(code).toBe(1);
      expect(stderr).toContain(
        'bad.fusion.yaml:3:28: error: models.small.preset: cannot be "t5-nan"',
      );
      expect(stderr).toContain('there is no stage "b"');
      expect(stderr).toContain('did you mean "seed"?');
      expect(stderr).not.toMatch(/^ +at /m);
    }
    expect(await readdir(join(directory, "runs"))).not.toContain("bad");
    const deep = await command(directory, "run", "bad.fusion.yaml", "--out", "none/at/all");
    expect(deep.code).toBe(1);
    expect(await readdir(directory)).not.toContain("none");
  });

  it("says in one line what else went wrong", async () => {
    for (const args of [
      ["run", "nowhere.yaml"],
      ["status", "."],
      ["resume", "nowhere"],
      ["inspect", "."],
    ]) {
      const { code, stderr } = await command(directory, ...args);
      expect({ args, code, lines: stderr.trim().split("\n").length }).toEqual({
        args,
        code: 1,
        lines: 1,
      });
      expect(stderr).toMatch(/^deep-fusion: Cannot /);
    }
  });
});
