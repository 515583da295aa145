import { memory } from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { parameterShapes } from "../../server/checkpoint/parameters";
import { weightSpecs } from "../../server/model/functions";
import { initialWeight } from "../../server/model/initialise";
import { openEvaluator } from "../../server/training/evaluate";
import { fillStore } from "../../server/training/weights";
import { referenceEngine } from "../support/reference-engine";
import { tinyModel } from "./support/tiny-stage";

const engine = referenceEngine();

/** Five examples of 6 inputs and 4 targets; one target is not counted. */
const heldout = {
  inputIds: Int32Array.from({ length: 30 }, (_, i) => 3 + ((i * 37) % 200)),
  labels: Int32Array.from({ length: 20 }, (_, i) => (i === 7 ? -100 : 3 + ((i * 53) % 200))),
  examples: 5,
  targets: 4,
};

async function figures(batch: number, examples = heldout) {
  const weights = engine.allocate(weightSpecs(tinyModel));
  await fillStore(weights, {
    shapes: parameterShapes(tinyModel),
    read: (name) => Promise.resolve(initialWeight(tinyModel, name, 3)),
  });
  const options = { engine, configuration: tinyModel, heldout: examples, batch };
  const evaluator = openEvaluator(options);
  try {
    return await evaluator.evaluate(weights);
  } finally {
    evaluator.dispose();
    weights.dispose();
  }
}

describe("evaluate()", () => {
  test("counts targets, not examples, and gives the same figures in any batches", async () => {
    const { numTensors } = memory();
    const [atOnce, inPairs] = [await figures(5), await figures(2)];
    expect(atOnce.tokens).toBe(19);
    expect(inPairs.loss).toBeCloseTo(atOnce.loss, 5);
    expect(inPairs.accuracy).toBe(atOnce.accuracy);
    expect(await figures(2)).toEqual(inPairs);
    expect(memory().numTensors).toBe(numTensors);
  });

  test("of a new model is near a guess among all tokens, and no better than one", async () => {
    const { loss, accuracy } = await figures(5);
    expect(loss).toBeGreaterThan(0.9 * Math.log(tinyModel.vocab_size));
    expect(accuracy).toBeLessThan(0.2);
  });

  test("of no examples is refused", async () => {
    const none = {
      ...heldout,
      inputIds: new Int32Array(0),
      labels: new Int32Array(0),
      examples: 0,
    };
    await expect(figures(5, none)).rejects.toThrow("is held out for one example");
  });
});
