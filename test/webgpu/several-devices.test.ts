import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { StepRecord } from "../../server/protocol/metrics";
import { readRun } from "../../server/recipe/run-folder";
import { commandWith, startCommandWith } from "../support/command-line";
import { logged } from "../support/run-folder";

const recipe = `version: 1
corpora: { books: { embedded: moby-dick } }
models: { tiny: { vocab_size: 384, d_model: 16, d_kv: 8, d_ff: 32, num_heads: 2, num_layers: 1, num_decoder_layers: 1 } }
defaults: { train: { inputs: 16, batch: 2, steps: 16, evaluate_examples: 4, heatmaps_every: 0,
    checkpoint_every: 4, schedule: { kind: constant, peak: 0.01 } } }
stages:
  a: { train: tiny, seed: 1 }
  b: { train: tiny, seed: 2 }
  fused: { fuse: [a, b], method: property }
`;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "deep-fusion-devices-"));
  await writeFile(join(folder, "pair.fusion.yaml"), recipe);
});
afterAll(() => rm(folder, { recursive: true }));

/** Speeds that were measured before would put the devices into another order. */
const environment = () => ({ DEEP_FUSION_CACHE: join(folder, "cache") });
const deepFusion = (...args: readonly string[]) => commandWith(folder, environment(), ...args);
const run = (out: string, devices: string) =>
  ["run", "pair.fusion.yaml", "--out", out, "--device", devices] as const;

async function lossesOf(out: string, stage: string): Promise<readonly number[]> {
  const log = await readFile(join(folder, out, stage, "log.jsonl"), "utf8");
  const records = log
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Partial<StepRecord>);
  return records.flatMap(({ loss }) => (loss === undefined ? [] : [loss]));
}

async function devicesOf(out: string) {
  const { device, resume, stages } = await readRun(join(folder, out));
  const { a, b, fused } = stages;
  return [device, resume?.parallel, a?.device, b?.device, fused?.device];
}

test("two stages train at once, one on each device, to the losses of the CPU, and resume where they were", async () => {
  const { child, ended } = startCommandWith(folder, environment(), ...run("both", "cpu,webgpu"));
  await logged(join(folder, "both"), "b", 4);
  child.kill("SIGINT");
  const { stderr } = await ended;
  expect(stderr).toContain("up to 2 side by side");
  expect(stderr).toContain("a: begins on cpu\nb: begins on webgpu\n");
  // Of its two slots it would now take the other first.
  expect((await readRun(join(folder, "both"))).stages.b).toMatchObject({ state: "stopped" });
  const places = ["cpu,webgpu", 2, "cpu", "webgpu", undefined];
  expect(await devicesOf("both")).toEqual(places);

  expect(await deepFusion("resume", "both")).toMatchObject({ code: 0 });
  expect(await devicesOf("both")).toEqual(places);
  const { stdout } = await deepFusion("status", "both");
  expect(stdout).toContain("graph engine on cpu,webgpu");
  expect(stdout).toMatch(
    /^STAGE +STATE +DEVICE +STEPS.*\na +done +cpu +16.*\nb +done +webgpu +16/m,
  );

  expect(await deepFusion(...run("alone", "cpu"))).toMatchObject({ code: 0 });
  for (const stage of ["a", "b"]) {
    const [both, alone] = [await lossesOf("both", stage), await lossesOf("alone", stage)];
    expect(both).toHaveLength(16);
    expect(alone).toHaveLength(16);
    both.forEach((loss, step) => {
      expect(Math.abs(loss - alone[step]!), `${stage}, step ${step + 1}`).toBeLessThan(1e-4);
    });
  }
});
