import { fc } from "../support/properties";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Engine } from "../../server/engine/engine";
import { engineUnderTest, runsUnderTest } from "../support/engine-under-test";
import { everyOperation } from "../support/every-operation";
import { referenceEngine } from "../support/reference-engine";
import { floats } from "../support/same-on-both";

let engine: Engine;
beforeAll(async () => {
  engine = await engineUnderTest();
});
afterAll(() => engine.dispose());

test("gradients are those of the reference engine", async () => {
  const drawn = fc
    .tuple(fc.integer({ min: 2, max: 5 }), fc.integer({ min: 2, max: 6 }))
    .chain(([rows, columns]) => fc.tuple(floats([rows, columns]), floats([columns])));
  await fc.assert(
    fc.asyncProperty(drawn, async ([x, scale]) => {
      const definition = everyOperation(x.shape[0]!, x.shape[1]!);
      const run = async (on: Engine): Promise<readonly Float32Array[]> => {
        const weights = on.allocate(definition.weights);
        const gradients = on.allocate(definition.weights);
        await weights.write("x", x.values as Float32Array);
        await weights.write("scale", scale.values as Float32Array);
        const compiled = await on.compileGradients(definition);
        const { loss, squares } = await compiled.run(weights, gradients, [{}], "replace");
        const results = [await gradients.read("x"), await gradients.read("scale")];
        compiled.dispose();
        weights.dispose();
        gradients.dispose();
        return [Float32Array.of(loss, ...Object.values(squares)), ...results];
      };
      const [actual, expected] = [await run(engine), await run(referenceEngine())];
      expected.forEach((values, part) => {
        const scale = Math.max(1, ...values.map(Math.abs));
        values.forEach((value, index) => {
          expect(Math.abs(actual[part]![index]! - value) / scale).toBeLessThan(1e-4);
        });
      });
    }),
    { numRuns: runsUnderTest(10) },
  );
});
