import { afterAll, describe, expect, test } from "vitest";
import { fc } from "../support/properties";
import { memory } from "@tensorflow/tfjs-core";
import { isFactored, stateName, stateShapes } from "../../server/checkpoint/optimizer-state";
import type { UpdateProgram } from "../../server/engine/engine";
import { fillNormal } from "../../server/random/draw";
import { streamKey } from "../../server/random/threefry";
import type { OptimizerSettings } from "../../server/training/settings";
import { clippingScale, updateProgram, updateScalars } from "../../server/training/update-program";
import { referenceEngine } from "../support/reference-engine";
import { held, updateInBlocks } from "./support/blocked-update";

const adafactorSettings = {
  kind: "adafactor",
  decay: 0.8,
  clipping: 1,
  multiply_by_parameter_scale: true,
} as const;
const adamwSettings = {
  kind: "adamw",
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  weight_decay: 0.01,
} as const;
const sgdSettings = { kind: "sgd", momentum: 0.9 } as const;

function normals(size: number, name: string, std = 1): Float32Array {
  const values = new Float32Array(size);
  fillNormal(values, streamKey(7, name), std);
  return values;
}

function programOf(settings: OptimizerSettings, shape: readonly number[]): UpdateProgram {
  return updateProgram(settings, { w: { shape, dtype: "float32" } });
}

describe("an update", () => {
  const { numTensors } = memory();
  afterAll(() => {
    expect(memory().numTensors).toBe(numTensors);
  });

  test("gives the same weights whatever the engine's blocks", () => {
    const settings = fc.constantFrom<OptimizerSettings>(
      adafactorSettings,
      adamwSettings,
      sgdSettings,
    );
    const shapes = fc.constantFrom([9, 5], [17], [130, 129]);
    fc.assert(
      fc.property(
        settings,
        shapes,
        fc.integer({ min: 1, max: 131 }),
        (chosen, shape, blockRows) => {
          const [update] = programOf(chosen, shape).updates;
          const size = shape.reduce((product, axis) => product * axis, 1);
          const weightAfter = (rows: number): Float32Array => {
            const tensors = held(update!, shape, normals(size, "weight", 0.05));
            for (let t = 1; t <= 2; t++) {
              tensors.gradient!.values = normals(size, `gradient/${t}`);
              const numbers = { learningRate: 0.1, gradientScale: 1, update: t };
              const scalars = updateScalars(chosen, numbers);
              updateInBlocks(update!, tensors, { scalars, blockRows: rows });
            }
            return tensors.weight!.values;
          };
          const whole = weightAfter(shape[0]);
          const cut = weightAfter(blockRows);
          expect(Math.max(...whole.map((w, i) => Math.abs(w - cut[i]!)))).toBeLessThan(1e-6);
        },
      ),
      { numRuns: 20 },
    );
  });

  test("takes half the gradient where clipping leaves half of it", () => {
    for (const settings of [adafactorSettings, adamwSettings, sgdSettings]) {
      const [update] = programOf(settings, [4, 3]).updates;
      const weightAfter = (factor: number, gradientScale: number): Float32Array => {
        const tensors = held(update!, [4, 3], normals(12, "weight"));
        for (let t = 1; t <= 2; t++) {
          const gradient = normals(12, `gradient/${t}`).map((g) => (t === 1 ? g : g * factor));
          tensors.gradient!.values = gradient;
          const numbers = { learningRate: 0.1, gradientScale: t === 1 ? 1 : gradientScale };
          const scalars = updateScalars(settings, { ...numbers, update: t });
          updateInBlocks(update!, tensors, { scalars, blockRows: 4 });
        }
        return tensors.weight!.values;
      };
      expect(weightAfter(1, 0.5)).toEqual(weightAfter(0.5, 1));
    }
  });

  test("has the state that checkpoints and fusion know by name and shape", async () => {
    const shapes = { kernel: [128, 130], bias: [32, 8], norm: [48] };
    const specs = Object.fromEntries(
      Object.entries(shapes).map(([name, shape]) => [name, { shape, dtype: "float32" as const }]),
    );
    for (const settings of [adafactorSettings, adamwSettings, sgdSettings]) {
      const compiled = await referenceEngine().compileUpdate(updateProgram(settings, specs));
      const expected = Object.entries(shapes).flatMap(([weight, shape]) =>
        Object.entries(stateShapes(settings.kind, shape)).map(([name, of]) => [
          stateName(weight, name),
          of,
        ]),
      );
      expect(Object.entries(compiled.state).map(([name, { shape }]) => [name, shape])).toEqual(
        expected,
      );
    }
  });

  test("of SGD without momentum needs no state", () => {
    expect(programOf({ kind: "sgd", momentum: 0 }, [4]).updates[0]?.state).toEqual({});
  });
});

test("a second moment is factored from 128 on, as t5x does it", () => {
  expect([[128, 128], [127, 4096], [4096], [128, 128, 128]].map(isFactored)).toEqual([
    true,
    false,
    false,
    false,
  ]);
});

test("clippingScale() brings the norm down to the limit, and never up", () => {
  expect(clippingScale(4, 1)).toBe(0.25);
  expect(clippingScale(0.5, 1)).toBe(1);
  expect(clippingScale(4, 0)).toBe(1);
});
