import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { uniform } from "../../server/random/draw";
import { streamKey } from "../../server/random/threefry";
import { command, startGroup } from "../support/command-line";
import { logged, trainerOf, weightsOf } from "../support/run-folder";

const recipe = `version: 1
corpora: { books: { embedded: moby-dick } }
models: { small: { preset: t5-nano } }
defaults:
  train: { inputs: 32, batch: 4, steps: 120, schedule: { kind: wsd, peak: 0.02 }, evaluate_every: 40,
           evaluate_examples: 8, checkpoint_every: 24, heatmaps_every: 40 }
stages:
  a: { train: small, seed: 1 }
  b: { train: small, seed: 2 }
  fused: { fuse: [a, b], method: property, fill: 0.01 }
  wide: { train: fused, seed: 3 }
  longer: { train: small, steps: 180, seed: 4 }
`;

let directory: string;
/** Of a run that nobody disturbed. */
let undisturbed: Map<string, string>;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "deep-fusion-parallel-"));
  await writeFile(join(directory, "pair.fusion.yaml"), recipe);
  expect(await startPair("whole").ended).toMatchObject({ code: 0 });
  undisturbed = await weightsOf(join(directory, "whole"));
});

afterAll(async () => {
  await rm(directory, { recursive: true });
});

function startPair(run: string) {
  const sizes = ["--parallel", "2", "--threads", "1"];
  return startGroup(directory, "run", "pair.fusion.yaml", "--out", run, ...sizes);
}

async function resumes(run: string): Promise<void> {
  expect(await command(directory, "resume", run)).toMatchObject({ code: 0 });
  expect(await weightsOf(join(directory, run))).toEqual(undisturbed);
}

describe("two stages side by side", () => {
  it("killed with all trainers, in one stage after the other, resume to the same bytes", async () => {
    const run = join(directory, "all");
    let start = () => startPair("all");
    for (const [stage, lines] of [
      ["a", 1],
      ["b", 60],
      ["longer", 30],
      ["wide", 1],
      ["wide", 50],
    ] as const) {
      const { killAll, ended } = start();
      await trainerOf(run, stage); // what is logged may be from before
      await logged(run, stage, lines);
      killAll();
      expect(await ended).toMatchObject({ code: null });
      start = () => startGroup(directory, "resume", "all");
    }
    await resumes("all");
  });

  it("whose runner alone is killed are waited for by resume, which ends with the same bytes", async () => {
    const { child, ended } = startPair("runner");
    await logged(join(directory, "runner"), "b", 40);
    child.kill("SIGKILL");
    await ended;
    await resumes("runner");
  });

  it("killed again and again at any moment resume to the same bytes", async () => {
    const key = streamKey(1, "kills");
    const first = startPair("often");
    await logged(join(directory, "often"), "a", 1);
    first.killAll();
    await first.ended;
    for (let kill = 0; kill < 5; kill++) {
      const { killAll, ended } = startGroup(directory, "resume", "often");
      await sleep(200 + 2000 * uniform(key, kill));
      killAll();
      await ended;
    }
    await resumes("often");
  });
});
