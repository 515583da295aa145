import { afterAll, describe, expect, test } from "vitest";
import { parameterShapes } from "../../server/checkpoint/parameters";
import type { TensorStore } from "../../server/engine/engine";
import { initialWeight } from "../../server/model/initialise";
import { uniform } from "../../server/random/draw";
import { streamKey } from "../../server/random/threefry";
import { type Learner, openLearner } from "../../server/training/learner";
import type { TrainSettings } from "../../server/training/settings";
import { storeSource } from "../../server/training/weights";
import { engineUnderTest } from "../support/engine-under-test";
import { tinyModel, tinySettings } from "./support/tiny-stage";

const engine = await engineUnderTest();
afterAll(() => engine.dispose());

const targets = 5;
const sgd = { kind: "sgd", momentum: 0 } as const;

async function newLearner(settings: Partial<TrainSettings>): Promise<Learner> {
  const learner = await openLearner({
    engine,
    configuration: tinyModel,
    settings: { ...tinySettings, ...settings },
    targets,
  });
  for (const name of parameterShapes(tinyModel).keys()) {
    await learner.weights.write(name, initialWeight(tinyModel, name, 1));
  }
  return learner;
}

function ids(count: number, name: string): Int32Array {
  const key = streamKey(1, name);
  return Int32Array.from({ length: count }, (_, i) => 3 + Math.floor(250 * uniform(key, i)));
}

/** Four examples; three of their twenty targets are not counted. */
function batch(step = 1) {
  const labels = ids(4 * targets, `labels/${step}`);
  labels.set([-100, -100], 8);
  labels[19] = -100;
  return { inputIds: ids(4 * 12, `inputs/${step}`), labels, step, update: step, learningRate: 0.1 };
}

async function largestDifference(one: TensorStore, other: TensorStore): Promise<number> {
  let largest = 0;
  for (const name of Object.keys(one.specs)) {
    const [a, b] = [await one.read(name), await other.read(name)];
    a.forEach((value, i) => (largest = Math.max(largest, Math.abs(value - b[i]!))));
  }
  return largest;
}

describe("a learner", () => {
  test("takes the same step in micro-batches as at once, to 1e-6", async () => {
    const whole = await newLearner({ optimizer: sgd });
    const parts = await newLearner({ optimizer: sgd, micro_batch: 1 });
    const [atOnce, inParts] = [await whole.step(batch()), await parts.step(batch())];
    expect(inParts.loss).toBeCloseTo(atOnce.loss, 5);
    expect(inParts.accuracy).toBe(atOnce.accuracy);
    expect(inParts.gradientNorm / atOnce.gradientNorm).toBeCloseTo(1, 5);
    expect(await largestDifference(whole.weights, parts.weights)).toBeLessThan(1e-6);
    whole.dispose();
    parts.dispose();
  });

  test("lowers the loss of a batch that it sees again and again", async () => {
    const learner = await newLearner({});
    const first = await learner.step(batch());
    for (let update = 2; update <= 12; update++) await learner.step({ ...batch(), update });
    const last = await learner.step({ ...batch(), update: 13 });
    expect(last.loss).toBeLessThan(0.7 * first.loss);
    learner.dispose();
  });

  test("clips by the global norm: the step is as long as the limit says", async () => {
    const start = await newLearner({ optimizer: sgd });
    const learner = await newLearner({ optimizer: sgd, gradient_clipping: 0.01 });
    const { gradientNorm } = await learner.step({ ...batch(), learningRate: 1 });
    expect(gradientNorm).toBeGreaterThan(0.01);
    let squares = 0;
    for (const name of Object.keys(start.weights.specs)) {
      const [before, after] = [await start.weights.read(name), await learner.weights.read(name)];
      after.forEach((value, i) => (squares += (value - before[i]!) ** 2));
    }
    expect(Math.sqrt(squares)).toBeCloseTo(0.01, 4);
    start.dispose();
    learner.dispose();
  });

  test("refuses a step on a poisoned weight, with the step and the tensor, and keeps the weights", async () => {
    const learner = await newLearner({});
    const name = "encoder.block.0.layer.1.DenseReluDense.wo.weight";
    const poisoned = await learner.weights.read(name);
    poisoned[3] = NaN;
    await learner.weights.write(name, poisoned);
    const untouched = await learner.weights.read("shared.weight");
    await expect(learner.step(batch(7))).rejects.toThrow(
      `Cannot train on from step 7: the loss is NaN; the first tensor that is not finite is the weight ${name}`,
    );
    expect(await learner.weights.read("shared.weight")).toEqual(untouched);
    await expect(storeSource(learner.weights).read(name)).rejects.toThrow(`Cannot save ${name}`);
    learner.dispose();
  });

  test("refuses a gradient that is not finite, and names the first", async () => {
    const learner = await newLearner({});
    // Logits that a loss can still be made of, but not the square of a gradient.
    const norm = "decoder.final_layer_norm.weight";
    await learner.weights.write(norm, new Float32Array(tinyModel.d_model).fill(1e25));
    await expect(learner.step(batch())).rejects.toThrow(
      "Cannot train on from step 1: a gradient is not finite; " +
        "the first tensor that is not finite is the gradient of shared.weight",
    );
    learner.dispose();
  });

  test("refuses a micro-batch that does not divide the batch", async () => {
    await expect(newLearner({ micro_batch: 3 })).rejects.toThrow(
      "Cannot train: micro_batch 3 does not divide batch 4",
    );
  });
});
