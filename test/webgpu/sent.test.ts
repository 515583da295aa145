/**
 * What CUDA, DirectML and Core ML are given: a device to which the weights are sent at every run. It is held against
 * the CPU on the one device that there is everywhere.
 */
import { expect, test } from "vitest";
import { laneEngine } from "../../server/engine/graph/engine";
import { presets } from "../../server/model/presets";
import "../support/reference-engine";
import { trainingLosses } from "../support/training-losses";

const configuration = {
  ...presets["t5-nano"]!,
  ...{ vocab_size: 64, d_model: 16, d_kv: 8, d_ff: 32, num_heads: 2 },
  ...{ num_layers: 1, num_decoder_layers: 1 },
};

test("steps on a device that keeps no tensors have the losses of the CPU", async () => {
  const [sent, cpu] = (["webgpu", "cpu"] as const).map((device) =>
    laneEngine({ device, threads: 1 }),
  );
  const optimizer = {
    kind: "adamw",
    ...{ beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 0 },
  } as const;
  const training = { configuration, optimizer, steps: 4 };
  const actual = await trainingLosses(sent!, training);
  const expected = await trainingLosses(cpu!, training);
  expect(Math.abs(actual.at(-1)! - actual[0]!)).toBeGreaterThan(0.01);
  actual.forEach((loss, step) => {
    expect(Math.abs(loss - expected[step]!), `step ${step + 1}`).toBeLessThan(1e-4);
  });
  for (const engine of [sent!, cpu!]) await engine.dispose();
});
