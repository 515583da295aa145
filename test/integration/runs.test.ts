import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunRecord } from "../../server/protocol/run";
import { command, startCommand } from "../support/command-line";

const recipe = `version: 1
corpora: { books: { embedded: moby-dick } }
models: { small: { preset: t5-nano } }
defaults:
  train: { inputs: 32, batch: 4, steps: 250, schedule: { kind: wsd, peak: 0.02 }, evaluate_every: 100,
           evaluate_examples: 8, checkpoint_every: 60, heatmaps_every: 100 }
stages:
  a: { train: small, seed: 1 }
  fused: { fuse: a, copies: 2, method: rule, fill: 0.1 }
  wide: { train: fused, seed: 2 }
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
  undisturbed = await weights("runs/small");
});

afterAll(async () => {
  await rm(directory, { recursive: true });
});

/** SHA-256 of every stage's newest weights and optimizer state, by path. */
async function weights(run: string): Promise<Map<string, string>> {
  const record = await recordOf(run);
  const hashes = new Map<string, string>();
  for (const { checkpoint } of Object.values(record.stages)) {
    if (checkpoint === undefined) continue;
    for (const name of await readdir(join(directory, run, checkpoint))) {
      if (!name.endsWith(".safetensors")) continue;
      const bytes = await readFile(join(directory, run, checkpoint, name));
      hashes.set(`${checkpoint}/${name}`, createHash("sha256").update(bytes).digest("hex"));
    }
  }
  return hashes;
}

async function recordOf(run: string): Promise<RunRecord> {
  return JSON.parse(await readFile(join(directory, run, "run.json"), "utf8")) as RunRecord;
}

/** Waits until the stage's log has that many lines. */
async function logged(run: string, stage: string, lines: number): Promise<void> {
  const file = join(directory, run, stage, "log.jsonl");
  for (let waits = 0; waits < 600; waits++) {
    const text = await readFile(file, "utf8").catch(() => "");
    if (text.split("\n").length > lines) return;
    await sleep(20);
  }
  throw new Error(`Cannot wait for ${lines} lines in ${file}: they do not come`);
}

const start = (run: string) =>
  startCommand(directory, "run", "small.fusion.yaml", "--out", run, "--threads", "1");

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
    const before = await recordOf("runs/small");
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
    expect((await recordOf("runs/small")).stages).toEqual(before.stages);
  });

  it("counts every stage's time once in what came of it, the fusion's too", async () => {
    const { a, fused, wide } = (await recordOf("runs/small")).stages;
    const seconds = [a, fused, wide].map((stage) => stage!.own_cost!.device_seconds);
    expect(Math.min(...seconds)).toBeGreaterThan(0);
    const total = seconds.reduce((sum, own) => sum + own);
    expect(wide!.cost!.device_seconds).toBeCloseTo(total, 6);
    expect(fused!.own_cost).toMatchObject({ steps: 0, tokens: 0, flops: 0 });
  });

  it("that is interrupted saves, and resumes to the same bytes", async () => {
    const { child, ended } = start("interrupted");
    await logged("interrupted", "a", 100);
    child.kill("SIGINT");
    const { code, stderr } = await ended;
    expect(code).toBe(1);
    expect(stderr).toContain("deep-fusion resume interrupted");
    const { a } = (await recordOf("interrupted")).stages;
    expect(a).toMatchObject({ state: "stopped" });
    expect(a!.step).toBeGreaterThan(0);
    expect(await command(directory, "resume", "interrupted")).toMatchObject({ code: 0 });
    expect(await weights("interrupted")).toEqual(undisturbed);
  });

  it.each([
    ["a", 1],
    ["a", 90 + Math.floor(Math.random() * 100)],
    ["wide", 10 + Math.floor(Math.random() * 200)],
  ])("killed in %s after %i records resumes to the same bytes", async (stage, lines) => {
    const run = `killed-${stage}-${lines}`;
    const { child, ended } = start(run);
    await logged(run, stage, lines);
    child.kill("SIGKILL");
    await ended;
    expect(await command(directory, "resume", run)).toMatchObject({ code: 0 });
    expect(await weights(run)).toEqual(undisturbed);
  });

  it("whose trainer is killed says why, and resumes to the same bytes", async () => {
    const { ended } = start("crashed");
    await logged("crashed", "a", 80);
    const lock = JSON.parse(await readFile(join(directory, "crashed/a/.lock"), "utf8")) as {
      pid: number;
    };
    process.kill(lock.pid, "SIGKILL");
    const { code, stderr } = await ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/a: failed: the trainer was killed.*want of memory.*micro_batch/);
    expect((await recordOf("crashed")).stages.wide).toMatchObject({ state: "waiting" });
    expect(await command(directory, "resume", "crashed")).toMatchObject({ code: 0 });
    expect(await weights("crashed")).toEqual(undisturbed);
  });

  it("refuses a second run in its folder, and goes on undisturbed", async () => {
    const { ended } = start("shared");
    await logged("shared", "a", 10);
    const second = await start("shared").ended;
    expect(second.code).toBe(1);
    expect(second.stderr).toMatch(/Cannot run in shared: process \d+ has been running there since/);
    expect(await ended).toMatchObject({ code: 0 });
  });

  it("runs anew only what an edit changes, and keeps what that had made", async () => {
    const edited = recipe
      .replace("fill: 0.1", "fill: 0.05")
      .replace("evaluate_every: 100", "evaluate_every: 50");
    await writeFile(join(directory, "edited.fusion.yaml"), edited);
    const before = await recordOf("shared");
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
    const after = await recordOf("shared");
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
      ["--device", "webgpu"],
      ["--engine", "tensorflow"],
    ] as const) {
      const args = ["run", "small.fusion.yaml", "--out", "unmade", flag, value];
      const { code, stderr } = await command(directory, ...args);
      expect(code).toBe(1);
      expect(stderr).toMatch(/^deep-fusion: Cannot compute with .*; use graph on cpu\n$/);
      expect(await readdir(directory)).not.toContain("unmade");
    }
  });

  it("answers wrong usage with 2 and a word about it", async () => {
    for (const args of [
      ["bogus"],
      ["run"],
      ["run", "x.yaml", "--threads", "none"],
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
