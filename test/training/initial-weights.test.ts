import { afterEach, expect, test } from "vitest";
import { parameterShapes } from "../../server/checkpoint/parameters";
import { sizeOf } from "../../server/checkpoint/tensor-source";
import { initialWeight } from "../../server/model/initialise";
import { type InitialWeights, initialWeights } from "../../server/training/initial-weights";
import { distUrl } from "../support/dist";
import { tinyModel } from "./support/tiny-stage";

/** Large enough for a thread. */
const configuration = { ...tinyModel, vocab_size: 2 ** 18 };
const seed = 5;
const opened: InitialWeights[] = [];
afterEach(async () => {
  for (const weights of opened.splice(0)) await weights.close();
});

function open(worker: URL | undefined): InitialWeights {
  const weights = initialWeights({ configuration, seed, worker });
  opened.push(weights);
  return weights;
}

test("a thread draws the same weights, in whatever order they are read", async () => {
  const threaded = open(distUrl("weights-worker.js"));
  const names = [...threaded.shapes.keys()];
  const size = [...threaded.shapes.values()].reduce((sum, shape) => sum + sizeOf(shape), 0);
  expect(size).toBeGreaterThan(2 ** 22);
  for (const name of [...names.slice(3), ...names]) {
    const [read, drawn] = [await threaded.read(name), initialWeight(configuration, name, seed)];
    expect(Buffer.from(read.buffer).equals(Buffer.from(drawn.buffer))).toBe(true);
  }
});

test("without a thread they are drawn as they are read", async () => {
  const weights = open(undefined);
  expect([...weights.shapes]).toEqual([...parameterShapes(configuration)]);
  const name = "encoder.block.0.layer.0.SelfAttention.q.weight";
  expect(await weights.read(name)).toEqual(initialWeight(configuration, name, seed));
  await expect(weights.read("nowhere.weight")).rejects.toThrow(
    "Cannot initialise nowhere.weight: the model has no such weight",
  );
});

test("a thread that ends is told of", async () => {
  const weights = open(distUrl("weights-worker.js"));
  const [first] = weights.shapes.keys();
  await weights.close();
  await expect(weights.read(first!)).rejects.toThrow("the thread has ended");
});
