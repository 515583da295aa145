import { readFile } from "node:fs/promises";
import { afterAll, describe, expect, test } from "vitest";
import type { Engine, Specs } from "../../server/engine/engine";
import { learningRate } from "../../server/training/schedule";
import type { OptimizerSettings, ScheduleSettings } from "../../server/training/settings";
import { updateProgram, updateScalars } from "../../server/training/update-program";
import { engineUnderTest } from "../support/engine-under-test";
import { referenceEngine } from "../support/reference-engine";

interface Trajectory {
  readonly shape: readonly number[];
  /** Of the values that are given. */
  readonly indices: readonly number[];
  /** By update. */
  readonly values: readonly (readonly number[])[];
}
interface Golden {
  readonly optimizers: readonly {
    readonly settings: OptimizerSettings;
    readonly learning_rates: readonly number[];
    readonly weights: Readonly<Record<string, Trajectory>>;
  }[];
  readonly schedules: readonly {
    readonly settings: ScheduleSettings;
    readonly steps: number;
    readonly rates: readonly number[];
  }[];
}

/** Written by test/python/golden_optimizers.py, whose weights and gradients these formulas repeat. */
const golden = JSON.parse(
  await readFile(new URL("../golden/optimizers.json", import.meta.url), "utf8"),
) as Golden;

const sizeOf = (shape: readonly number[]) => shape.reduce((product, axis) => product * axis, 1);

function initial(name: string, shape: readonly number[]): Float32Array {
  return Float32Array.from({ length: sizeOf(shape) }, (_, i) =>
    name === "zero" ? 0 : 0.5 * Math.sin(0.3 * i + 1),
  );
}

function gradient(shape: readonly number[], update: number): Float32Array {
  return Float32Array.from({ length: sizeOf(shape) }, (_, i) =>
    i % 11 === 0 ? 0 : 0.1 * Math.sin(0.7 * i + 1.3 * update) * (1 + (i % 5)),
  );
}

async function check(
  engine: Engine,
  { settings, learning_rates, weights }: Golden["optimizers"][number],
): Promise<void> {
  const specs: Specs = Object.fromEntries(
    Object.entries(weights).map(([name, { shape }]) => [name, { shape, dtype: "float32" }]),
  );
  const compiled = await engine.compileUpdate(updateProgram(settings, specs));
  const stores = {
    weights: engine.allocate(specs),
    gradients: engine.allocate(specs),
    state: engine.allocate(compiled.state),
  };
  for (const [name, { shape }] of Object.entries(specs)) {
    await stores.weights.write(name, initial(name, shape));
  }
  for (const [step, learningRate] of learning_rates.entries()) {
    const update = step + 1;
    for (const [name, { shape }] of Object.entries(specs)) {
      await stores.gradients.write(name, gradient(shape, update));
    }
    const scalars = updateScalars(settings, { learningRate, gradientScale: 1, update });
    await compiled.run({ ...stores, scalars });
    for (const [name, { indices, values }] of Object.entries(weights)) {
      const found = await stores.weights.read(name);
      for (const [at, value] of values[step]!.entries()) {
        expect(Math.abs(found[indices[at]!]! - value), `${name}, update ${update}`).toBeLessThan(
          1e-5 * Math.max(1, Math.abs(value)),
        );
      }
    }
  }
  for (const store of Object.values(stores)) store.dispose();
  compiled.dispose();
}

const engines = [referenceEngine(), await engineUnderTest(2)];
afterAll(async () => {
  for (const engine of engines) await engine.dispose();
});

for (const engine of engines) {
  describe(`optimizers over twenty updates on the ${engine.name} engine`, () => {
    for (const one of golden.optimizers) {
      test(`agree with the Python references: ${JSON.stringify(one.settings)}`, () =>
        check(engine, one));
    }
  });
}

describe("schedules over twenty steps", () => {
  for (const { settings, steps, rates } of golden.schedules) {
    test(`agree with PyTorch's: ${settings.kind}, ${settings.warmup} steps of warm-up, offset ${settings.offset}`, () => {
      for (const [step, rate] of rates.entries()) {
        expect(learningRate(settings, step, steps) / rate).toBeCloseTo(1, 8);
      }
    });
  }
});
