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

/** All in one run, for each takes long; it is to end as if nothing had happened. */
describe("two stages side by side", () => {
  const run = () => join(directory, "disturbed");
  const resume = () => startGroup(directory, "resume", "disturbed");
  /** From now on; what is logged may be from before. */
  async function trains(stage: string, lines: number): Promise<void> {
    await trainerOf(run(), stage);
    await logged(run(), stage, lines);
  }

  it("whose runner alone is killed are waited for by resume", async () => {
    const { child, ended } = startPair("disturbed");
    await trains("b", 40);
    child.kill("SIGKILL");
    await ended;
    const { killAll, ended: killed } = resume();
    await trains("longer", 30);
    killAll();
    expect(await killed).toMatchObject({ code: null });
  });

  it("killed with all trainers, in the stage that follows and then at any moment, end with the same bytes", async () => {
    const following = resume();
    await trains("wide", 1);
    following.killAll();
    await following.ended;
    const key = streamKey(1, "kills");
    for (let kill = 0; kill < 4; kill++) {
      const { killAll, ended } = resume();
      await sleep(200 + 2000 * uniform(key, kill));
      killAll();
      await ended;
    }
    expect(await command(directory, "resume", "disturbed")).toMatchObject({ code: 0 });
    expect(await weightsOf(run())).toEqual(undisturbed);
  });
});
