import { memory } from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import type { ProbeBatch } from "../../server/fusion/probe";
import { shiftRight } from "../../server/model/batch";
import { engineProbe } from "../../server/training/probe-model";
import { configured, inFloat64, randomWeights } from "../fusion/support/parents";
import { logits64 } from "../fusion/support/t5-float64";
import { referenceEngine } from "../support/reference-engine";

const configuration = configured({ fusion_parts: [2, 4] });
const weights = randomWeights(configuration, 1);
const batch: ProbeBatch = {
  examples: 2,
  inputs: 3,
  targets: 2,
  inputIds: Int32Array.of(3, 7, 1, 9, 10, 4),
  labels: Int32Array.of(5, 1, 8, 2),
};

test("engineProbe() gives the model's logits and leaves no tensor behind", async () => {
  const before = memory().numTensors;
  const probe = await engineProbe(referenceEngine()).open(configuration, weights);
  const logits = await probe.logits(batch);
  probe.close();
  expect(memory().numTensors).toBe(before);
  const weights64 = await inFloat64(weights);
  const expected = [
    ...logits64(configuration, weights64, { inputs: [3, 7, 1], targets: [5, 1] }),
    ...logits64(configuration, weights64, { inputs: [9, 10, 4], targets: [8, 2] }),
  ];
  expected.forEach((logit, i) => {
    expect(logits[i]).toBeCloseTo(logit, 4);
  });
});

test("engineProbe() gives the mean square of every norm's input, part by part", async () => {
  const probe = await engineProbe(referenceEngine()).open(configuration, weights);
  const statistics = await probe.normStatistics(batch);
  probe.close();
  const norms = [...weights.shapes.keys()].filter((name) => name.endsWith("layer_norm.weight"));
  expect([...statistics.keys()].sort()).toEqual(norms.sort());

  // The first norm of a stack sees the embeddings.
  const table = await weights.read("shared.weight");
  const meanSquares = (ids: Int32Array) =>
    [...ids].flatMap((id) => [
      (table[6 * id]! ** 2 + table[6 * id + 1]! ** 2) / 2,
      table.slice(6 * id + 2, 6 * id + 6).reduce((sum, value) => sum + value * value, 0) / 4,
    ]);
  const shape = { examples: 2, inputs: 3, targets: 2, masked: false };
  const seen = {
    encoder: meanSquares(batch.inputIds),
    decoder: meanSquares(shiftRight(batch.labels, shape, configuration)),
  };
  for (const [side, expected] of Object.entries(seen)) {
    const measured = statistics.get(`${side}.block.0.layer.0.layer_norm.weight`)!;
    expect(measured.length).toBe(expected.length);
    expected.forEach((value, i) => {
      expect(measured[i]).toBeCloseTo(value, 5);
    });
  }
});
