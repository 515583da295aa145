import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import fc from "fast-check";
import type { Engine, LossFunction } from "../../../server/engine/engine";
import { graphEngine } from "../../../server/engine/graph/engine";
import {
  geluErf,
  geluTanh,
  rmsNorm,
  silu,
  tokenCrossEntropy,
} from "../../../server/engine/operations";
import { referenceEngine } from "../../support/reference-engine";
import { floats } from "../../support/same-on-both";

let graph: Engine;
beforeAll(async () => {
  graph = await graphEngine({ device: "cpu", threads: 1 });
});
afterAll(() => graph.dispose());

/** Every operation of ours, and those of tfjs whose gradients take more than a product. */
function everything(rows: number, columns: number): LossFunction {
  const labels = Int32Array.from({ length: rows }, (_, row) => (row === 1 ? -100 : row % columns));
  const mask = Uint8Array.from({ length: columns }, (_, column) => column % 2);
  return {
    weights: {
      x: { shape: [rows, columns], dtype: "float32" },
      scale: { shape: [columns], dtype: "float32" },
    },
    inputs: {},
    evaluate: ({ x, scale }) => {
      const normed = rmsNorm(x!, scale!, 1e-2);
      const ids = tf.tensor1d([0, rows - 1, 0], "int32");
      const parts = [
        normed,
        geluErf(x!),
        geluTanh(x!),
        silu(x!),
        tf.relu(x!),
        tf.softmax(x!),
        tf.logSoftmax(normed),
        tf.gather(x!, ids),
        tf.gather(normed, ids),
        tf.matMul(x!, normed, false, true),
        tf.concat([x!, normed], 1),
        tf.slice(x!, [0, 0], [1, -1]),
        tf.pad(x!, [
          [1, 0],
          [0, 1],
        ]),
        tf.tile(scale!, [2]),
        tf.div(x!, tf.add(tf.abs(scale!), 1)),
        tf.where(tf.tensor1d(mask, "bool"), x!, normed),
        tokenCrossEntropy(normed as tf.Tensor2D, tf.tensor1d(labels, "int32")).nll,
        ...tf.unstack(x!),
      ];
      const total = parts.map((part, index) => tf.mul(tf.sum(tf.square(part)), 0.1 + index / 10));
      return { loss: tf.addN(total) as tf.Scalar, metrics: {} };
    },
  };
}

test("gradients are those of the reference engine", async () => {
  const drawn = fc
    .tuple(fc.integer({ min: 2, max: 5 }), fc.integer({ min: 2, max: 6 }))
    .chain(([rows, columns]) => fc.tuple(floats([rows, columns]), floats([columns])));
  await fc.assert(
    fc.asyncProperty(drawn, async ([x, scale]) => {
      const definition = everything(x.shape[0]!, x.shape[1]!);
      const run = async (engine: Engine): Promise<readonly Float32Array[]> => {
        const weights = engine.allocate(definition.weights);
        const gradients = engine.allocate(definition.weights);
        await weights.write("x", x.values as Float32Array);
        await weights.write("scale", scale.values as Float32Array);
        const compiled = await engine.compileGradients(definition);
        const { loss, squares } = await compiled.run(weights, gradients, {}, "replace");
        const results = [await gradients.read("x"), await gradients.read("scale")];
        compiled.dispose();
        weights.dispose();
        gradients.dispose();
        return [Float32Array.of(loss, ...Object.values(squares)), ...results];
      };
      const [actual, expected] = [await run(graph), await run(referenceEngine())];
      expected.forEach((values, part) => {
        const scale = Math.max(1, ...values.map(Math.abs));
        values.forEach((value, index) => {
          expect(Math.abs(actual[part]![index]! - value) / scale).toBeLessThan(1e-4);
        });
      });
    }),
    { numRuns: 10 },
  );
});

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
  const compiled = await graph.compileGradients(everything(3, 2));
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
  await compiled.run(...stores, {}, "replace");

  const before = process.memoryUsage().arrayBuffers;
  for (let run = 0; run < 4; run++) await compiled.run(...stores, {}, "replace");
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
