import { add, memory, mul, sub, sum } from "@tensorflow/tfjs-core";
import type { Scalar } from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import type { Engine, LossFunction, UpdateProgram } from "../../server/engine/engine";
import { engineUnderTest } from "../support/engine-under-test";
import { referenceEngine } from "../support/reference-engine";

const float = (...shape: number[]) => ({ shape, dtype: "float32" as const });

/** loss = Σ (w x)², so its gradient is 2 w x². */
const squares: LossFunction = {
  weights: { w: float(3), unused: float(2) },
  inputs: { x: float(3) },
  evaluate: ({ w }, { x }) => {
    const y = mul(w!, x!);
    const loss = sum<Scalar>(mul(y, y));
    return { loss, metrics: { loss, total: sum<Scalar>(y) } };
  },
};

/** The sum of the gradient is taken off the weight, times the rate; the state counts in steps of two. */
const program: UpdateProgram = {
  weights: { w: float(4, 2) },
  scalars: ["rate"],
  updates: [
    {
      weight: "w",
      state: { seen: { shape: [4, 2], layout: "rows" }, steps: { shape: [], layout: "whole" } },
      passes: [
        {
          over: "rows",
          reads: ["gradient", "seen"],
          run: ({ gradient, seen }) => ({
            replace: { seen: add(seen!, gradient!) },
            sums: { total: sum(gradient!) },
          }),
        },
        {
          over: "whole",
          reads: ["total", "steps", "rate"],
          run: ({ total, steps, rate }) => ({
            replace: { steps: add(steps!, 2) },
            sums: { change: mul(total!, rate!) },
          }),
        },
        {
          over: "rows",
          reads: ["weight", "change"],
          run: ({ weight, change }) => ({ replace: { weight: sub(weight!, change!) } }),
        },
      ],
    },
  ],
};

const engines: readonly (() => Promise<Engine>)[] = [
  () => Promise.resolve(referenceEngine()),
  () => engineUnderTest(),
];

describe.each(engines)("an engine", (open) => {
  test("writes gradients, their squares, the loss and its metrics", async () => {
    const engine = await open();
    const weights = engine.allocate(squares.weights);
    const gradients = engine.allocate(squares.weights);
    await weights.write("w", Float32Array.of(1, 2, 3));
    const compiled = await engine.compileGradients(squares);
    const x = Float32Array.of(1, 1, 2);

    const first = await compiled.run(weights, gradients, [{ x }], "replace");
    expect(first.loss).toBe(41);
    expect(first.metrics).toEqual({ loss: 41, total: 9 });
    expect([...(await gradients.read("w"))]).toEqual([2, 4, 24]);
    expect([...(await gradients.read("unused"))]).toEqual([0, 0]);
    expect(first.squares).toEqual({ w: 596, unused: 0 });

    const second = await compiled.run(weights, gradients, [{ x }], "accumulate");
    expect([...(await gradients.read("w"))]).toEqual([4, 8, 48]);
    expect(second.squares).toEqual({ w: 4 * 596, unused: 0 });
    weights.dispose();
    gradients.dispose();
  });

  test("runs the passes of an update in order and keeps no tensor", async () => {
    const before = memory().numTensors;
    const engine = await open();
    const update = await engine.compileUpdate(program);
    const weights = engine.allocate(program.weights);
    const gradients = engine.allocate(program.weights);
    const state = engine.allocate(update.state);
    await gradients.write("w", Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8));
    const held = memory().numTensors;
    for (let step = 0; step < 2; step++) {
      await update.run({ weights, gradients, state, scalars: { rate: 0.5 } });
    }
    expect(memory().numTensors).toBe(held);
    expect([...(await weights.read("w"))]).toEqual(Array(8).fill(-36));
    expect([...(await state.read("w/seen"))]).toEqual([2, 4, 6, 8, 10, 12, 14, 16]);
    expect([...(await state.read("w/steps"))]).toEqual([4]);
    for (const store of [weights, gradients, state]) store.dispose();
    await engine.dispose();
    expect(memory().numTensors).toBe(before);
  });

  test("a store names the tensor that it lacks", async () => {
    const engine = await open();
    const store = engine.allocate(squares.weights);
    await expect(store.read("z")).rejects.toThrow("Cannot find tensor 'z': known are w, unused");
    store.dispose();
  });
});
