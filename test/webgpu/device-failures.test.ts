import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { broadcastTo, max, reshape } from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Engine } from "../../server/engine/engine";
import { graphEngine } from "../../server/engine/graph/engine";
import { readRun } from "../../server/recipe/run-folder";
import { command, startCommand } from "../support/command-line";
import { logged } from "../support/run-folder";
import "../support/reference-engine";

const gibibyte = 2 ** 30;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "deep-fusion-webgpu-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** The largest of so many bytes, all equal, which the device has to hold for it. */
async function largestOf(engine: Engine, bytes: number): Promise<number> {
  const compiled = await engine.compileFunction({
    weights: {},
    inputs: { x: { shape: [1, 1], dtype: "float32" } },
    evaluate: (_, { x }) => ({ y: reshape(max(broadcastTo(x!, [bytes / 4096, 1024])), [1]) }),
  });
  const { y } = await compiled.run(engine.allocate({}), { x: Float32Array.of(3) });
  compiled.dispose();
  return y![0]!;
}

/** Of the software Vulkan; a card takes more, and its memory is no process's own. */
const onSoftware = test.runIf(process.platform === "linux");

onSoftware("a tensor that the device does not take is refused, and it computes on", async () => {
  const engine = await graphEngine({ device: "webgpu", threads: 1 });
  await expect(largestOf(engine, 3 * gibibyte)).rejects.toThrow(
    "Cannot compute on webgpu: one tensor takes 3072 MiB, and the device takes 1024 MiB at most",
  );
  expect(await largestOf(engine, 2 ** 16)).toBe(3);
  await engine.dispose();
});

/** Of this process, in bytes; the software Vulkan's memory is of the same kind. */
async function dataBytes(): Promise<number> {
  const status = await readFile("/proc/self/status", "utf8");
  return Number(/VmData:\s+(\d+) kB/.exec(status)![1]) * 1024;
}

function limitData(limit: string): void {
  execFileSync("prlimit", [`--pid=${process.pid}`, `--data=${limit}:unlimited`]);
}

onSoftware("a device without memory left says so, and computes on when there is some", async () => {
  const engine = await graphEngine({ device: "webgpu", threads: 1 });
  expect(await largestOf(engine, 2 ** 16)).toBe(3);
  limitData(String((await dataBytes()) + 2 ** 28));
  try {
    await expect(largestOf(engine, 900 * 2 ** 20)).rejects.toThrow(
      "Cannot compute on webgpu: its memory is used up",
    );
  } finally {
    limitData("unlimited");
  }
  expect(await largestOf(engine, 2 ** 16)).toBe(3);
  await engine.dispose();
});

/** The logits of 72 examples take 1.1 GiB. */
const recipe = `version: 1
corpora: { books: { embedded: moby-dick } }
models:
  wide: { vocab_size: 524288, d_model: 4, d_kv: 4, d_ff: 8, num_heads: 1, num_layers: 1, num_decoder_layers: 1 }
  small: { vocab_size: 384, d_model: 8, d_kv: 4, d_ff: 8, num_heads: 1, num_layers: 1, num_decoder_layers: 1 }
defaults:
  train: { inputs: 32, evaluate_examples: 4, heatmaps_every: 0, schedule: { kind: constant, peak: 0.01 }, optimizer: sgd }
stages:
  large: { train: wide, steps: 2, batch: 72, micro_batch: 72 }
  little: { train: small, steps: 60, batch: 4, checkpoint_every: 1 }
`;

const inFolder = (run: string) => join(folder, run);
const start = (stage: string) => {
  const flags = ["--stage", stage, "--out", stage, "--threads", "1", "--device", "webgpu"];
  return startCommand(folder, "run", "two.fusion.yaml", ...flags);
};

onSoftware("a stage that does not fit is stopped, and says what would", async () => {
  await writeFile(join(folder, "two.fusion.yaml"), recipe);
  const { code, stdout, stderr } = await start("large").ended;
  expect(code).toBe(1);
  expect(stdout).toMatch(
    /^large: Cannot compute on webgpu: its memory is used up, or .*micro_batch: 36 .*--device cpu/m,
  );
  expect(stderr).toMatch(/^Stopped\. Go on with the same command/m);
  expect((await readRun(inFolder("large"))).stages.large?.state).toBe("stopped");
});

test("a run goes on on another device, from its checkpoint", async () => {
  await writeFile(join(folder, "two.fusion.yaml"), recipe);
  const run = start("little");
  await logged(inFolder("little"), "little", 5);
  run.child.kill("SIGINT");
  expect(await run.ended).toMatchObject({ code: 1 });
  const resumed = await command(folder, "resume", "little", "--device", "cpu");
  expect(resumed).toMatchObject({ code: 0 });
  const log = await readFile(join(inFolder("little"), "little", "log.jsonl"), "utf8");
  expect(log).toMatch(/"step":[1-9]\d*,"event":"resume"/);
  expect(log).toMatch(/"step":60,"event":"done"/);
});
