import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readRun, writeRun } from "../../server/recipe/run-folder";
import { command, type Ended, startCommand } from "../support/command-line";
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
/** Of a run that nothing happened to, but that others wanted its folder. */
let undisturbed: Map<string, string>;
/** What those others said. */
let refused: readonly Ended[];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "deep-fusion-runs-"));
  await writeFile(join(directory, "small.fusion.yaml"), recipe);
  const { ended } = start("whole");
  await logged(inFolder("whole"), "a", 10);
  refused = [await start("whole").ended, await command(directory, "resume", "whole")];
  expect(await ended).toMatchObject({ code: 0 });
  undisturbed = await weightsOf(inFolder("whole"));
});

afterAll(async () => {
  await rm(directory, { recursive: true });
});

const inFolder = (run: string) => join(directory, run);

const start = (run: string, ...flags: readonly string[]) =>
  startCommand(directory, "run", "small.fusion.yaml", "--out", run, "--threads", "1", ...flags);

describe("a run", () => {
  it("leaves every stage done, and says so as one JSON document", async () => {
    const { code, stdout } = await command(directory, "status", "whole", "--json");
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
    const before = await readRun(inFolder("whole"));
    const { code, stdout } = await start("whole", "--json").ended;
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ state: "done" });
    expect((await readRun(inFolder("whole"))).stages).toEqual(before.stages);
  });

  it("counts every stage's time once in what came of it, the fusion's too", async () => {
    const { a, fused, wide } = (await readRun(inFolder("whole"))).stages;
    const seconds = [a, fused, wide].map((stage) => stage!.own_cost!.device_seconds);
    expect(Math.min(...seconds)).toBeGreaterThan(0);
    const total = seconds.reduce((sum, own) => sum + own);
    expect(wide!.cost!.device_seconds).toBeCloseTo(total, 6);
    expect(fused!.own_cost).toMatchObject({ steps: 0, tokens: 0, flops: 0 });
  });

  it("refuses a second one in its folder", () => {
    for (const { code, stderr } of refused) {
      expect(code).toBe(1);
      expect(stderr).toMatch(/Cannot run in whole: process \d+ has been running there since/);
    }
  });

  it("runs anew only what an edit changes, and keeps what that had made", async () => {
    const edited = recipe
      .replace("fill: 0.1", "fill: 0.05")
      .replace("evaluate_every: 100", "evaluate_every: 50");
    await writeFile(join(directory, "edited.fusion.yaml"), edited);
    const before = await readRun(inFolder("whole"));
    const { code, stderr } = await command(
      directory,
      "run",
      "edited.fusion.yaml",
      "--out",
      "whole",
      "--threads",
      "1",
    );
    expect(code).toBe(0);
    expect(stderr).toMatch(/fused: its inputs have changed.*kept in whole.*fused-1/);
    const after = await readRun(inFolder("whole"));
    expect(after.stages.a).toEqual(before.stages.a);
    expect(after.stages.wide!.inputs_sha256).not.toBe(before.stages.wide!.inputs_sha256);
    expect((await readdir(join(directory, "whole/.replaced"))).sort()).toEqual([
      "compare-1",
      "fused-1",
      "wide-1",
    ]);
  });

  it("runs one stage and what it needs", async () => {
    const shorter = recipe.replace("steps: 250", "steps: 5");
    await writeFile(join(directory, "shorter.fusion.yaml"), shorter);
    const args = ["--out", "part", "--stage", "fused", "--threads", "1", "--json"];
    const { code, stdout } = await command(directory, "run", "shorter.fusion.yaml", ...args);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      record: {
        stages: { a: { state: "done" }, fused: { state: "done" }, wide: { state: "waiting" } },
      },
    });
  });
});

/** All in one run, for each takes long; it is to end as if nothing had happened. */
describe("a run to which things happen", () => {
  const folder = () => inFolder("disturbed");
  /** Waits for so many lines of this trainer's: those that lie there may be from before. */
  async function trains(stage: string, lines: number): Promise<number> {
    const trainer = await trainerOf(folder(), stage);
    const log = join(folder(), stage, "log.jsonl");
    const before = (await readFile(log, "utf8").catch(() => "")).split("\n").length;
    await logged(folder(), stage, before + lines);
    return trainer;
  }
  const resume = () => startCommand(directory, "resume", "disturbed");

  it("whose processes were killed is told as stopped, with the way to go on", async () => {
    const { child, ended } = start("disturbed");
    const trainer = await trains("a", 20);
    child.kill("SIGKILL");
    process.kill(trainer, "SIGKILL");
    await ended;
    const { code, stdout, stderr } = await command(directory, "status", "disturbed");
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^disturbed in disturbed: not running; graph engine on cpu, 1 thread each/,
    );
    expect(stdout).toMatch(/^a +stopped/m);
    expect(stdout).not.toContain("running\n");
    expect(stderr).toBe("Go on with: npx deep-fusion resume disturbed\n");
    const asked = await command(directory, "status", "disturbed", "--json");
    expect(JSON.parse(asked.stdout)).toMatchObject({ running: false, paused: false, done: false });
  });

  it("is not resumed on an engine that cannot be had, and stays as it is", async () => {
    const record = await readRun(folder());
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
      await writeRun(folder(), elsewhere);
      const { code, stderr } = await resume().ended;
      expect({ code, stderr }).toEqual({
        code: 1,
        stderr: expect.stringMatching(message) as string,
      });
      expect(await readRun(folder())).toEqual(elsewhere);
    }
    await writeRun(folder(), record);
  });

  it("saves where it is interrupted", async () => {
    const { child, ended } = resume();
    await trains("a", 60);
    child.kill("SIGINT");
    const { code, stderr } = await ended;
    expect(code).toBe(1);
    expect(stderr).toContain("deep-fusion resume disturbed");
    const { a } = (await readRun(folder())).stages;
    expect(a).toMatchObject({ state: "stopped" });
    expect(a!.step).toBeGreaterThan(0);
  });

  it("says why, where its trainer is killed", async () => {
    const { ended } = resume();
    process.kill(await trains("a", 20), "SIGKILL");
    const { code, stderr } = await ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/a: failed: the trainer was killed.*want of memory.*micro_batch/);
    expect((await readRun(folder())).stages.wide).toMatchObject({ state: "waiting" });
  });

  it("killed in one stage after the other goes on to the same bytes", async () => {
    for (const [stage, lines] of [
      ["a", 1 + Math.floor(Math.random() * 60)],
      ["wide", 10 + Math.floor(Math.random() * 60)],
    ] as const) {
      const { child, ended } = resume();
      await trains(stage, lines);
      child.kill("SIGKILL");
      await ended;
    }
    expect(await resume().ended).toMatchObject({ code: 0 });
    expect(await weightsOf(folder())).toEqual(undisturbed);
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
    expect(await readdir(directory)).not.toContain("runs");
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
