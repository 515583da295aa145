import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunRecord } from "../../server/protocol/run";
import { readRun } from "../../server/recipe/run-folder";
import { commandWith, startCommandWith } from "../support/command-line";
import { logged, weightsOf } from "../support/run-folder";

const train = `{ inputs: 69, batch: 16, schedule: { kind: constant, peak: 0.001 },
    evaluate_examples: 4, evaluate_every: 1000, checkpoint_every: 1000, heatmaps_every: 0 }`;

/** Whether its parents go side by side depends on how well this machine uses threads; long enough to find out. */
const long = `version: 1
corpora: { books: { embedded: moby-dick } }
models: { wide: { preset: t5-demo-wide } }
defaults: { train: ${train} }
stages:
  a: { train: wide, steps: 1000000, seed: 1 }
  b: { train: wide, steps: 1000000, seed: 2 }
  fused: { fuse: [a, b], method: rule }
  child: { train: fused, steps: 180000 }
`;

const short = `version: 1
corpora: { books: { embedded: moby-dick } }
models: { nano: { preset: t5-nano } }
defaults: { train: { inputs: 32, batch: 4, steps: 20, schedule: { kind: constant, peak: 0.01 },
    evaluate_every: 100, evaluate_examples: 4, checkpoint_every: 10, heatmaps_every: 0 } }
stages:
  a: { train: nano, seed: 1 }
  b: { train: nano, seed: 2 }
`;

let directory: string;
let environment: { readonly DEEP_FUSION_CACHE: string; readonly DEEP_FUSION_ENGINES: string };

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "deep-fusion-choice-"));
  environment = {
    DEEP_FUSION_CACHE: join(directory, "cache"),
    DEEP_FUSION_ENGINES: join(directory, "engines"),
  };
  await writeFile(join(directory, "long.fusion.yaml"), long);
  await writeFile(join(directory, "short.fusion.yaml"), short);
});

afterAll(() => rm(directory, { recursive: true }));

function answer(...args: readonly string[]) {
  return commandWith(directory, environment, ...args);
}

/** Stopped once it has begun, and `a` has taken a step. */
async function stopped(...args: readonly string[]) {
  const { child, ended } = startCommandWith(directory, environment, ...args);
  await new Promise<void>((begun) => {
    child.stderr!.on("data", (text: string) => {
      if (text.includes("begins")) begun();
    });
    child.once("close", () => {
      begun();
    });
  });
  await logged(join(directory, "long"), "a", 3);
  child.kill("SIGTERM");
  const { stderr } = await ended;
  return { stderr, record: await readRun(join(directory, "long")) };
}

const speedsFile = () => join(directory, "cache", "speeds.json");

function sharing({ engine, device, threads, resume }: RunRecord) {
  return { engine, device, threads, parallel: resume?.parallel };
}

describe("what a run computes with", () => {
  it.runIf(availableParallelism() > 1)(
    "is tried where it is worth it, said, recorded, and kept for a run that goes on",
    async () => {
      const first = await stopped("run", "long.fusion.yaml", "--out", "long");
      expect(first.stderr).toMatch(/^Trying \d+ ways to train the model/m);
      const said = /^Chosen by trial: graph on cpu, \d+ threads?: [\d.]+ ms a step; graph on cpu/m;
      expect(first.stderr).toMatch(said);
      const { choice } = first.record;
      expect(choice?.why).toBe("measured");
      const [best] = choice!.candidates;
      expect(best).toEqual({
        engine: "graph",
        device: "cpu",
        threads: first.record.threads,
        step_ms: expect.any(Number) as number,
      });
      expect(first.record.threads * first.record.resume!.parallel).toBeLessThanOrEqual(
        availableParallelism(),
      );

      // Whatever is known of speeds meanwhile.
      const other = choice!.candidates.find(({ threads }) => threads !== first.record.threads)!;
      const speeds = JSON.parse(await readFile(speedsFile(), "utf8")) as {
        speeds: Record<string, { stepMs: number; steps: number }>;
      };
      for (const result of Object.values(speeds.speeds))
        result.stepMs = result.stepMs === other.step_ms ? 0.001 : 1000;
      await writeFile(speedsFile(), JSON.stringify(speeds));
      const again = await stopped("resume", "long");
      expect(again.stderr).not.toContain("Trying");
      expect(again.stderr).toContain("As the run began: graph on cpu");
      expect(sharing(again.record)).toEqual(sharing(first.record));
      expect(again.record.choice).toEqual({ why: "kept", candidates: choice!.candidates });

      const asked = await stopped("resume", "long", "--threads", "2", "--parallel", "1");
      expect(sharing(asked.record)).toMatchObject({ threads: 2, parallel: 1 });

      const fresh = await stopped("resume", "long", "--engine", "auto");
      expect(fresh.stderr).not.toContain("Trying");
      expect(fresh.record).toMatchObject({ threads: other.threads, choice: { why: "measured" } });
      const { stdout } = await answer("status", "long");
      expect(stdout).toContain(`Chosen by trial: graph on cpu, ${other.threads} thread`);
    },
  );

  it("is not tried where there is nothing to choose, or the run is short", async () => {
    const { code, stderr } = await answer("run", "short.fusion.yaml", "--out", "short");
    expect({ code }).toEqual({ code: 0 });
    expect(stderr).not.toContain("Trying");
    const record = await readRun(join(directory, "short"));
    expect(record.choice).toEqual({ why: "only", candidates: [] });
    const parallel = Math.min(2, availableParallelism());
    const threads = Math.floor(availableParallelism() / parallel);
    expect(sharing(record)).toEqual({ engine: "graph", device: "cpu", threads, parallel });
  });

  it("changes no bit of what the graph engine computes, whatever the number of threads", async () => {
    const { threads } = await readRun(join(directory, "short"));
    const other = ["--out", "other", "--threads", String(threads + 1), "--parallel", "1"];
    expect(await answer("run", "short.fusion.yaml", ...other)).toMatchObject({ code: 0 });
    const weights = await weightsOf(join(directory, "other"));
    expect(weights.size).toBeGreaterThan(0);
    expect(weights).toEqual(await weightsOf(join(directory, "short")));
  });

  it("is refused where it is not usable, before the run has a folder", async () => {
    const { code, stderr } = await answer("run", "short.fusion.yaml", "--engine", "tensorflow");
    expect(code).toBe(1);
    expect(stderr).toContain("Cannot compute with tensorflow on cpu: it is not set up");
    await expect(readRun(join(directory, "runs", "short"))).rejects.toThrow();
  });

  it("can be taken back while it is tried, and nothing is left of the run", async () => {
    const fresh = { ...environment, DEEP_FUSION_CACHE: join(directory, "other-cache") };
    const run = ["run", "long.fusion.yaml", "--out", "taken-back"];
    const { child, ended } = startCommandWith(directory, fresh, ...run);
    child.stderr!.on("data", (text: string) => {
      if (text.includes("Trying")) child.kill("SIGTERM");
    });
    expect(await ended).toMatchObject({ code: 1 });
    await expect(readRun(join(directory, "taken-back"))).rejects.toThrow();
  });
});
