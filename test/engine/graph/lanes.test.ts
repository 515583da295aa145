import * as tf from "@tensorflow/tfjs-core";
import { afterEach, expect, test } from "vitest";
import type { Engine, HostTensors, LossFunction, Precision } from "../../../server/engine/engine";
import { GraphBuilder } from "../../../server/engine/graph/builder";
import { graphEngine } from "../../../server/engine/graph/engine";
import { Lanes } from "../../../server/engine/graph/lanes/lanes";
import { distUrl } from "../../support/dist";

const worker = distUrl("engine-worker.js");
const engines: Engine[] = [];
afterEach(async () => {
  for (const engine of engines.splice(0)) await engine.dispose();
});

async function engineOf(threads: number): Promise<Engine> {
  const engine = await graphEngine({ device: "cpu", threads, worker });
  engines.push(engine);
  return engine;
}

/** Of a product with rounding in every sum, so that another order of sums gives other bits. */
const definition: LossFunction = {
  weights: {
    w: { shape: [64, 32], dtype: "float32" },
    b: { shape: [32], dtype: "float32" },
  },
  inputs: { x: { shape: [50, 64], dtype: "float32" } },
  evaluate: ({ w, b }, { x }) => {
    const y = tf.tanh(tf.add(tf.matMul(x as tf.Tensor2D, w as tf.Tensor2D), b!));
    return { loss: tf.sum(tf.square(y)), metrics: { total: tf.sum(y) } };
  },
};

function batchOf(seed: number): HostTensors {
  return { x: Float32Array.from({ length: 50 * 64 }, (_, index) => Math.sin(seed + 7 * index)) };
}

async function gradientsWith(threads: number, batches: number, precision: Precision) {
  const engine = await engineOf(threads);
  const compiled = await engine.compileGradients(definition, { batches, precision });
  const weights = engine.allocate(definition.weights);
  const gradients = engine.allocate(definition.weights);
  const start = Float32Array.from({ length: 64 * 32 }, (_, index) => Math.cos(index) / 8);
  await weights.write("w", start);
  const given = Array.from({ length: batches }, (_, index) => batchOf(index));
  const first = await compiled.run(weights, gradients, given, "replace");
  const second = await compiled.run(weights, gradients, given.slice(0, 2), "accumulate");
  return { first, second, w: await gradients.read("w"), b: await gradients.read("b") };
}

test.each(["float32", "float16"] as const)(
  "batches side by side give, bit for bit, what they give one after the other, in %s",
  async (precision) => {
    const alone = await gradientsWith(1, 5, precision);
    expect(await gradientsWith(2, 5, precision)).toEqual(alone);
    expect(await gradientsWith(3, 5, precision)).toEqual(alone);
    const squares = alone.w.reduce((sum, value) => sum + value ** 2, 0);
    expect(alone.second.squares.w! / squares).toBeCloseTo(1, 5);
    expect(alone.first.metrics.total).not.toBe(alone.second.metrics.total);
  },
);

test("an update of many weights is the same on one thread and on several", async () => {
  const specs = Object.fromEntries(
    ["p", "q", "r"].map((name) => [name, { shape: [700, 1024], dtype: "float32" as const }]),
  );
  const program = {
    weights: specs,
    scalars: ["rate"],
    updates: Object.keys(specs).map((weight) => ({
      weight,
      state: { seen: { shape: [700, 1024], layout: "rows" as const } },
      passes: [
        {
          over: "rows" as const,
          reads: ["weight", "gradient", "seen", "rate"],
          run: ({ weight: w, gradient, seen, rate }: Readonly<Record<string, tf.Tensor>>) => ({
            replace: {
              weight: tf.sub(w!, tf.mul(tf.add(gradient!, seen!), rate!)),
              seen: tf.add(seen!, 1),
            },
          }),
        },
      ],
    })),
  };
  const updated = async (threads: number) => {
    const engine = await engineOf(threads);
    const update = await engine.compileUpdate(program);
    const stores = {
      weights: engine.allocate(specs),
      gradients: engine.allocate(specs),
      state: engine.allocate(update.state),
    };
    const values = Float32Array.from({ length: 700 * 1024 }, (_, index) => Math.sin(index));
    for (const name of Object.keys(specs)) await stores.gradients.write(name, values);
    for (const rate of [0.5, 0.25]) await update.run({ ...stores, scalars: { rate } });
    return Promise.all(Object.keys(specs).map((name) => stores.weights.read(name)));
  };
  const [alone, shared] = [await updated(1), await updated(2)];
  expect(
    shared.map((values, index) => Buffer.compare(bytes(values), bytes(alone[index]!))),
  ).toEqual([0, 0, 0]);
  expect(alone[0]![1]).toBeCloseTo(-0.75 * Math.sin(1) - 0.25, 6);
});

function bytes(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

test("numbers too small for a full float count as zero on every thread", async () => {
  const engine = await engineOf(2);
  const tiny: LossFunction = {
    weights: { w: { shape: [1], dtype: "float32" } },
    inputs: { x: { shape: [1], dtype: "float32" } },
    evaluate: ({ w }, { x }) => ({ loss: tf.sum(tf.mul(w!, tf.mul(x!, 1e-10))), metrics: {} }),
  };
  const compiled = await engine.compileGradients(tiny, { batches: 2 });
  const stores = [engine.allocate(tiny.weights), engine.allocate(tiny.weights)] as const;
  await stores[0].write("w", Float32Array.of(1));
  const x = Float32Array.of(1e-30);
  const { loss } = await compiled.run(...stores, [{ x }, { x }], "replace");
  expect(loss).toBe(0);
});

test("what a thread of its own refuses is told as on the caller's", async () => {
  const lanes = new Lanes({ threads: 2, worker, settings: { spinning: false } });
  const graph = new GraphBuilder();
  const x = graph.input({ name: "x", type: "float32", shape: [2] });
  const info = { type: "float32", shape: [2], name: "y" } as const;
  const model = graph.model([{ ...info, from: graph.node("NoSuchOperation", [x]) }]);
  for (const lane of await lanes.open(2)) {
    await expect(lane.openSession(model, 1)).rejects.toThrow("Cannot compile a graph: ");
  }
  await lanes.dispose();
});

test("a store on which another thread worked cannot be read once it is given back", async () => {
  const engine = await engineOf(2);
  const store = engine.allocate(definition.weights);
  store.dispose();
  store.dispose();
  await expect(store.read("w")).rejects.toThrow("Cannot find tensor 'w' in the store");
});
