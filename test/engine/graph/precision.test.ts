import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { encodeValues, findDtype } from "../../../server/checkpoint/dtypes";
import { parameterShapes } from "../../../server/checkpoint/parameters";
import type { Engine, LossFunction, Precision } from "../../../server/engine/engine";
import { graphEngine } from "../../../server/engine/graph/engine";
import { shiftRight } from "../../../server/model/batch";
import { lossFunction } from "../../../server/model/functions";
import { initialWeight } from "../../../server/model/initialise";
import { fc } from "../../support/properties";
import { referenceEngine } from "../../support/reference-engine";
import { tinyModel } from "../../training/support/tiny-stage";

let engine: Engine;
beforeAll(async () => {
  engine = await graphEngine({ device: "cpu", threads: 1 });
});
afterAll(() => engine.dispose());

const width = 6;

/** One number: a product of a row and a column, whose gradient is multiplied by `weight`. */
const product: LossFunction = {
  weights: {
    row: { shape: [1, width], dtype: "float32" },
    column: { shape: [width, 1], dtype: "float32" },
  },
  inputs: { weight: { shape: [], dtype: "float32" } },
  evaluate: ({ row, column }, { weight }) => {
    const made = tf.sum<tf.Scalar>(tf.matMul(row!, column!));
    return { loss: tf.mul(made, weight!), metrics: { made } };
  },
};

const filled = (values: readonly number[]): Float32Array<ArrayBuffer> =>
  Float32Array.from({ length: width }, (_, index) => values[index] ?? 0);

async function multiplied(
  [row, column]: readonly [readonly number[], readonly number[]],
  { weight = 1, precision }: { readonly weight?: number; readonly precision?: Precision } = {},
) {
  const compiled = await engine.compileGradients(product, precision && { precision });
  const [weights, gradients] = [engine.allocate(product.weights), engine.allocate(product.weights)];
  await weights.write("row", filled(row));
  await weights.write("column", filled(column));
  const given = [{ weight: Float32Array.of(weight) }];
  const { metrics } = await compiled.run(weights, gradients, given, "replace");
  const gradient = await gradients.read("row");
  compiled.dispose();
  return { made: metrics.made!, gradient };
}

/** IEEE 754 binary16 has 11 bits of fraction, ends at 65504, and counts in steps of 2^-24 at its lower end. */
test.each([
  { row: [2049], column: [1], made: 2048 },
  { row: [2051], column: [1], made: 2052 },
  { row: [1 + 2 ** -11], column: [1], made: 1 },
  { row: [65504], column: [1], made: 65504 },
  { row: [65504], column: [2], made: Infinity },
  { row: [65520], column: [1], made: Infinity },
  { row: [2 ** -24], column: [1], made: 2 ** -24 },
  { row: [2 ** -25], column: [1], made: 0 },
  // The sum is made in float32 and rounded once: 2048 + 1 + 1 + 1.
  { row: [2048, 1, 1, 1], column: [1, 1, 1, 1], made: 2052 },
])("in float16 $row times $column is $made", async ({ row, column, made }) => {
  expect((await multiplied([row, column], { precision: "float16" })).made).toBe(made);
});

test("in float32, which it is unless it is said, nothing is rounded", async () => {
  expect((await multiplied([[2049], [1]])).made).toBe(2049);
  expect((await multiplied([[2049], [1]], { precision: "float32" })).made).toBe(2049);
});

function rounded(values: readonly number[]): readonly number[] {
  const bits = encodeValues(Float32Array.from(values), "F16");
  return [...findDtype("F16")!.toFloat32!(new Uint8Array(bits.buffer))];
}

test("a product in float16 is a number of float16, within its rounding of the exact one", async () => {
  const factor = fc.float({ min: -100, max: 100, noNaN: true });
  const factors = fc.array(factor, { minLength: width, maxLength: width });
  await fc.assert(
    fc.asyncProperty(factors, factors, async (row, column) => {
      const { made } = await multiplied([row, column], { precision: "float16" });
      const [left, right] = [rounded(row), rounded(column)];
      const terms = left.map((value, index) => value * right[index]!);
      const exact = terms.reduce((sum, term) => sum + term, 0);
      const size = terms.reduce((sum, term) => sum + Math.abs(term), 0);
      expect(rounded([made])).toEqual([made]);
      // Half a step of float16, and what the sum lost in float32.
      const bound = 2 ** -11 * Math.abs(exact) + 2 ** -25 + width * 2 ** -23 * size;
      expect(Math.abs(made - exact)).toBeLessThanOrEqual(bound);
    }),
    { numRuns: 30 },
  );
});

test("a small loss loses its gradients in float16, and keeps them where it is scaled", async () => {
  const factors = [[1], [3]] as const;
  const gradientOf = async (weight: number) =>
    (await multiplied(factors, { weight, precision: "float16" })).gradient[0]!;
  expect(await gradientOf(1e-9)).toBe(0);
  expect((await gradientOf(1e-9 * 2 ** 16)) / 2 ** 16 / 3e-9).toBeCloseTo(1, 2);
  expect((await multiplied(factors, { weight: 1e-9 })).gradient[0]! / 3e-9).toBeCloseTo(1, 6);
});

/** All gradients of a T5's loss, one after the other. */
async function gradientsOf(precision: Precision): Promise<Float32Array> {
  const shape = { examples: 2, inputs: 12, targets: 8, masked: false };
  const definition = lossFunction(tinyModel, shape);
  const compiled = await engine.compileGradients(definition, { precision });
  const weights = engine.allocate(definition.weights);
  const gradients = engine.allocate(definition.weights);
  const names = [...parameterShapes(tinyModel).keys()];
  for (const name of names) await weights.write(name, initialWeight(tinyModel, name, 1));
  const labels = Int32Array.from({ length: 16 }, (_, index) => 3 + ((index * 7) % 250));
  const inputs = {
    input_ids: Int32Array.from({ length: 24 }, (_, index) => 3 + ((index * 5) % 250)),
    decoder_input_ids: shiftRight(labels, shape, tinyModel),
    labels,
    loss_weight: Float32Array.of(64),
  };
  await compiled.run(weights, gradients, [inputs], "replace");
  compiled.dispose();
  const values: Float32Array[] = [];
  for (const name of names) values.push(await gradients.read(name));
  return Float32Array.from(values.flatMap((each) => [...each]));
}

test("the gradients of a T5 are those of float32 to a hundredth, and not to the bit", async () => {
  const [half, single] = [await gradientsOf("float16"), await gradientsOf("float32")];
  const norm = (values: Float32Array) => Math.hypot(...values);
  const apart = norm(half.map((value, index) => value - single[index]!)) / norm(single);
  expect(apart).toBeLessThan(0.01);
  expect(apart).toBeGreaterThan(1e-5);
});

test("an engine that has no float16 says so, and what does", async () => {
  const compiling = referenceEngine().compileGradients(product, { precision: "float16" });
  await expect(compiling).rejects.toThrow(
    "Cannot train in float16 with the reference engine: TensorFlow.js computes in float32 alone; " +
      "take the graph engine (--engine graph), or set precision: float32 in the recipe",
  );
});
