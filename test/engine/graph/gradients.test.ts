import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Engine, LossFunction } from "../../../server/engine/engine";
import { graphEngine } from "../../../server/engine/graph/engine";
import { everyOperation } from "../../support/every-operation";
import "../../support/reference-engine";

let graph: Engine;
beforeAll(async () => {
  graph = await graphEngine({ device: "cpu", threads: 1 });
});
afterAll(() => graph.dispose());

test("a kernel that is missing is named, with the operation that asked for it", async () => {
  const definition = {
    weights: {},
    inputs: { x: { shape: [2], dtype: "float32" as const } },
    evaluate: function hyperbolic(_: unknown, { x }: Readonly<Record<string, tf.Tensor>>) {
      return { y: tf.acosh(x!) };
    },
  };
  await expect(graph.compileFunction(definition)).rejects.toThrow(
    "Cannot trace the model: the graph engine has no kernel 'Acosh' (asked for by tf.acosh in " +
      "hyperbolic); write the function with other operations",
  );
});

test("a function that reads values while it is traced is refused", async () => {
  const definition = {
    weights: {},
    inputs: { x: { shape: [2], dtype: "float32" as const } },
    evaluate: (_: unknown, { x }: Readonly<Record<string, tf.Tensor>>) => ({
      y: tf.scalar(x!.dataSync()[0]!),
    }),
  };
  await expect(graph.compileFunction(definition)).rejects.toThrow("it reads a tensor's values");
});

test("tracing leaves tfjs's backend and its tensors as they were", async () => {
  const [backend, tensors] = [tf.getBackend(), tf.memory().numTensors];
  const compiled = await graph.compileGradients(everyOperation(3, 2));
  compiled.dispose();
  expect(tf.getBackend()).toBe(backend);
  expect(tf.memory().numTensors).toBe(tensors);
});

test("a run writes the gradients where they belong and copies none", async () => {
  const definition: LossFunction = {
    weights: { x: { shape: [1024, 1024], dtype: "float32" } },
    inputs: {},
    evaluate: ({ x }) => ({ loss: tf.sum(tf.square(x!)), metrics: {} }),
  };
  const stores = [graph.allocate(definition.weights), graph.allocate(definition.weights)] as const;
  await stores[0].write("x", new Float32Array(2 ** 20).fill(1.5));
  const compiled = await graph.compileGradients(definition);
  await compiled.run(...stores, [{}], "replace");

  const before = process.memoryUsage().arrayBuffers;
  for (let run = 0; run < 4; run++) await compiled.run(...stores, [{}], "replace");
  const grown = process.memoryUsage().arrayBuffers - before;

  expect(grown).toBeLessThan(2 ** 20);
  expect((await stores[1].read("x")).every((value) => value === 3)).toBe(true);
  compiled.dispose();
  stores.forEach((store) => {
    store.dispose();
  });
});

test("numbers too small for a full float count as zero, for products with them are slow", async () => {
  const specs = { x: { shape: [2, 2], dtype: "float32" } } as const;
  const compiled = await graph.compileFunction({
    weights: specs,
    inputs: {},
    evaluate: ({ x }) => ({ product: tf.matMul(x!, x!) }),
  });
  const weights = graph.allocate(specs);
  await weights.write("x", Float32Array.of(1e-20, 0, 0, 1e-18));
  const { product } = await compiled.run(weights, {});
  expect([...product!]).toEqual([0, 0, 0, Math.fround(Math.fround(1e-18) ** 2)]);
  compiled.dispose();
  weights.dispose();
});
