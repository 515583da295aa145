/** Runs a function on the graph engine and on the reference, and expects the same values. */
import type { Tensor } from "@tensorflow/tfjs-core";
import { fc } from "./properties";
import { expect } from "vitest";
import type { Engine, HostTensors, Specs, Tensors } from "../../server/engine/engine";
import { referenceEngine } from "./reference-engine";

export type Inputs = Readonly<Record<string, Tensor>>;
type Evaluate = (inputs: Inputs) => Tensors;

export async function expectSame(
  graph: Engine,
  inputs: Readonly<Record<string, Drawn>>,
  evaluate: Evaluate,
): Promise<void> {
  const specs: Specs = Object.fromEntries(
    Object.entries(inputs).map(([name, { shape, values }]) => [
      name,
      { shape, dtype: values instanceof Int32Array ? "int32" : "float32" } as const,
    ]),
  );
  const values = Object.fromEntries(
    Object.entries(inputs).map(([name, drawn]) => [name, drawn.values]),
  );
  const run = async (engine: Engine): Promise<HostTensors> => {
    const definition = {
      weights: {},
      inputs: specs,
      evaluate: (_: Tensors, x: Tensors) => evaluate(x),
    };
    const compiled = await engine.compileFunction(definition);
    const weights = engine.allocate({});
    const outputs = await compiled.run(weights, values);
    compiled.dispose();
    weights.dispose();
    return outputs;
  };
  const [actual, expected] = [await run(graph), await run(referenceEngine())];
  for (const [name, wanted] of Object.entries(expected)) {
    const tolerance = graph.device === "webgpu" ? webgpuTolerance(name) : 2e-5;
    expectClose(actual[name]!, wanted, { name, tolerance });
  }
}

/** WGSL promises of sine and cosine no more than 2^-11: https://www.w3.org/TR/WGSL/#concrete-float-accuracy */
function webgpuTolerance(name: string): number {
  return name === "sin" || name === "cos" ? 2 ** -11 : 2e-5;
}

function expectClose(
  actual: Float32Array | Int32Array,
  expected: Float32Array | Int32Array,
  { name, tolerance }: { readonly name: string; readonly tolerance: number },
): void {
  expect(actual.constructor, name).toBe(expected.constructor);
  expect(actual.length, name).toBe(expected.length);
  expected.forEach((value, index) => {
    const difference = Math.abs(actual[index]! - value);
    const close =
      Object.is(actual[index], value) || difference <= tolerance * Math.max(1, Math.abs(value));
    expect(close, `${name}[${index}]: ${actual[index]!} instead of ${value}`).toBe(true);
  });
}

export interface Drawn {
  readonly shape: readonly number[];
  readonly values: Float32Array | Int32Array;
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, dimension) => product * dimension, 1);
}

/** Shapes of rank `least` to 4, with axes of size 1 among them. */
export function shapes(least = 0): fc.Arbitrary<number[]> {
  return fc.array(fc.integer({ min: 1, max: 4 }), { minLength: least, maxLength: 4 });
}

export function floats(shape: readonly number[]): fc.Arbitrary<Drawn> {
  const value = fc.integer({ min: -200, max: 200 }).map((hundredths) => hundredths / 100);
  return fc
    .array(value, { minLength: sizeOf(shape), maxLength: sizeOf(shape) })
    .map((values) => ({ shape, values: Float32Array.from(values) }));
}

export function integers(
  shape: readonly number[],
  range = { min: -3, max: 3 },
): fc.Arbitrary<Drawn> {
  return fc
    .array(fc.integer(range), { minLength: sizeOf(shape), maxLength: sizeOf(shape) })
    .map((values) => ({ shape, values: Int32Array.from(values) }));
}

/** A shape that broadcasts with `shape`: axes of size 1 in places, and perhaps fewer of them. */
export function broadcastable(shape: readonly number[]): fc.Arbitrary<number[]> {
  return fc
    .tuple(fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }), fc.nat(shape.length))
    .map(([ones, dropped]) => shape.map((size, axis) => (ones[axis] ? 1 : size)).slice(dropped));
}
