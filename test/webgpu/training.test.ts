import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Engine } from "../../server/engine/engine";
import { graphEngine, laneEngine } from "../../server/engine/graph/engine";
import { presets } from "../../server/model/presets";
import type { OptimizerSettings } from "../../server/training/settings";
import { trainStage } from "../../server/training/train-stage";
import { growthOverSteps } from "../support/growth";
import "../support/reference-engine";
import { type TrainingOptions, trainingLosses } from "../support/training-losses";
import { tinyStage, withCorpus } from "../training/support/tiny-stage";
import { loseDevice } from "./support/losing-driver";

const configuration = {
  ...presets["t5-nano"]!,
  ...{ vocab_size: 64, d_model: 16, d_kv: 8, d_ff: 32, num_heads: 2 },
  ...{ num_layers: 1, num_decoder_layers: 1 },
};

let webgpu: Engine;
let cpu: Engine;
beforeAll(async () => {
  webgpu = await graphEngine({ device: "webgpu", threads: 1 });
  cpu = await graphEngine({ device: "cpu", threads: 1 });
});
afterAll(async () => {
  await webgpu.dispose();
  await cpu.dispose();
});

const optimizers: readonly OptimizerSettings[] = [
  { kind: "adafactor", decay: 0.8, clipping: 1, multiply_by_parameter_scale: true },
  { kind: "adamw", beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 0.01 },
  { kind: "sgd", momentum: 0.9 },
];

test.each(optimizers)("six steps of $kind have the losses of the CPU", async (optimizer) => {
  await expectLossesOfCpu(webgpu, { optimizer });
});

test("so have those whose backward pass computes anew what it needs", async () => {
  await expectLossesOfCpu(webgpu, { recompute: true });
});

/** What CUDA, DirectML and Core ML are given, on the one device that there is everywhere. */
test("so have those of a device that keeps no tensors, and is sent the weights at every run", async () => {
  const sent = laneEngine({ device: "webgpu", threads: 1 });
  await expectLossesOfCpu(sent, { optimizer: optimizers[1]! });
  await sent.dispose();
});

async function expectLossesOfCpu(
  engine: Engine,
  how: Pick<TrainingOptions, "optimizer" | "recompute">,
): Promise<void> {
  const training = { configuration, ...how, steps: 6 };
  const actual = await trainingLosses(engine, training);
  const expected = await trainingLosses(cpu, training);
  // It learns: otherwise equal losses would say little.
  expect(Math.abs(actual.at(-1)! - actual[0]!)).toBeGreaterThan(0.01);
  actual.forEach((loss, step) => {
    expect(Math.abs(loss - expected[step]!), `step ${step + 1}`).toBeLessThan(1e-4);
  });
}

test("steps leave no tensor and no memory behind", async () => {
  const growth = await growthOverSteps(webgpu, { configuration, steps: 10 });
  expect(growth.tensors).toBe(0);
  expect(growth.buffersBytes).toBeLessThan(2 ** 16);
});

/** The last, for there is no other device in this process. */
test.runIf(process.platform === "linux")(
  "a device that is lost pauses the stage with its last checkpoint, and computes no further",
  async () => {
    const gone = "Cannot compute on webgpu: it has gone, or its driver has begun anew";
    await withCorpus(async (folder) => {
      const options = tinyStage(webgpu, [folder, "a"]);
      const training = trainStage({
        ...options,
        report: (report) => {
          if (report.kind === "step" && report.record.step === 5) loseDevice();
        },
      });
      await expect(training).rejects.toThrow(
        `${gone}. The checkpoint of step 4 is kept. npx deep-fusion resume goes on`,
      );
      const log = await readFile(join(options.directory, "log.jsonl"), "utf8");
      expect(log).toMatch(/"event":"pause"[^\n]*\n$/);
    });
    await expect(trainingLosses(webgpu, { configuration, steps: 1 })).rejects.toThrow(gone);
  },
);
