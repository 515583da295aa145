import { matMul, sum } from "@tensorflow/tfjs-core";
import type { Scalar } from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { examineEngine } from "../../server/engine/doctor";
import type { Engine, LossFunction } from "../../server/engine/engine";
import { graphEngine } from "../../server/engine/graph/engine";
import "../support/reference-engine";

let engine: Engine;
beforeAll(async () => {
  engine = await graphEngine({ device: "webgpu", threads: 1 });
});
afterAll(() => engine.dispose());

const definition: LossFunction = {
  weights: { x: { shape: [2, 2], dtype: "float32" } },
  inputs: {},
  evaluate: ({ x }) => ({ loss: sum<Scalar>(matMul(x!, x!)), metrics: {} }),
};

async function lossIn(precision: "float32" | "float16"): Promise<number> {
  const compiled = await engine.compileGradients(definition, { precision });
  const [weights, gradients] = [
    engine.allocate(definition.weights),
    engine.allocate(definition.weights),
  ];
  await weights.write("x", Float32Array.of(1 + 2 ** -11, 0, 0, 0));
  const { loss } = await compiled.run(weights, gradients, [{}], "replace");
  compiled.dispose();
  weights.dispose();
  gradients.dispose();
  return loss;
}

/** The software Vulkan has no float16; a card mostly has. */
test("float16 rounds as on the CPU, or is refused with what lacks it and what to do", async () => {
  const { precisions = [] } = await examineEngine({ engine: "graph", device: "webgpu" });
  if (precisions.includes("float16")) expect(await lossIn("float16")).toBe(1);
  else {
    await expect(lossIn("float16")).rejects.toThrow(
      /^Cannot train in float16 on webgpu: .+ \(no shader-f16\); set precision: float32 in the recipe$/,
    );
  }
  if (process.platform === "linux") expect(precisions).toEqual(["float32"]);
  expect(await lossIn("float32")).toBe((1 + 2 ** -11) ** 2);
});
