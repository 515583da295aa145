import { exp, matMul, sum } from "@tensorflow/tfjs-core";
import type { Scalar } from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import type { T5Configuration } from "../../../server/checkpoint/configuration";
import { parameterShapes } from "../../../server/checkpoint/parameters";
import type { Engine, HostTensors, LossFunction } from "../../../server/engine/engine";
import { graphEngine } from "../../../server/engine/graph/engine";
import { traceGradients } from "../../../server/engine/graph/gradient-graphs";
import { type BatchShape, shiftRight } from "../../../server/model/batch";
import { lossFunction } from "../../../server/model/functions";
import { initialWeight } from "../../../server/model/initialise";
import { distUrl } from "../../support/dist";
import { referenceEngine } from "../../support/reference-engine";
import { tinyModel } from "../../training/support/tiny-stage";

const shape: BatchShape = { examples: 2, inputs: 12, targets: 6, masked: false };
const gated: Partial<T5Configuration> = {
  ...{ is_gated_act: true, dense_act_fn: "gelu_new" },
  ...{ tie_word_embeddings: false, scale_decoder_outputs: false },
};

function batch(configuration: T5Configuration, seed: number): HostTensors {
  const ids = (count: number) =>
    Int32Array.from({ length: count }, (_, index) => 3 + ((seed + 7 * index) % 90));
  const labels = ids(shape.examples * shape.targets);
  return {
    input_ids: ids(shape.examples * shape.inputs),
    decoder_input_ids: shiftRight(labels, shape, configuration),
    labels,
    attention_mask: new Float32Array(shape.examples * shape.inputs).fill(1).fill(0, 20),
    loss_weight: Float32Array.of(0.1),
  };
}

/** Of two batches and of two more that are added to them. */
async function gradientsOf(
  engine: Engine,
  { configuration, recompute }: { configuration: T5Configuration; recompute: boolean },
) {
  const definition = lossFunction(configuration, { ...shape, masked: true });
  const compiled = await engine.compileGradients(definition, { batches: 2, recompute });
  const [weights, gradients] = [
    engine.allocate(definition.weights),
    engine.allocate(definition.weights),
  ];
  const names = [...parameterShapes(configuration).keys()];
  for (const name of names) await weights.write(name, initialWeight(configuration, name, 5));
  const results = [];
  for (const [mode, seeds] of [["replace", [1, 2]] as const, ["accumulate", [3, 4]] as const]) {
    const batches = seeds.map((seed) => batch(configuration, seed));
    results.push(await compiled.run(weights, gradients, batches, mode));
  }
  const values = [];
  for (const name of names) values.push([name, await gradients.read(name)]);
  compiled.dispose();
  return { results, values };
}

test.each([1, 2])(
  "re-computation leaves every bit of loss, metrics and gradients as it is, on %i threads",
  async (threads) => {
    const worker = distUrl("engine-worker.js");
    const engine = await graphEngine({ device: "cpu", threads, worker });
    for (const own of [{}, { ...gated, fusion_parts: [4, 12] }]) {
      const configuration = { ...tinyModel, num_layers: 3, num_decoder_layers: 2, ...own };
      const kept = await gradientsOf(engine, { configuration, recompute: false });
      const recomputed = await gradientsOf(engine, { configuration, recompute: true });
      expect(recomputed).toEqual(kept);
    }
    await engine.dispose();
  },
);

/** What the loss is made of, and is read by what is no part of it: the values that have to be kept. */
function keptValues(definition: LossFunction, recompute: boolean): ReadonlySet<string> {
  const graph = { mode: "replace", squares: false, recompute } as const;
  const { nodes } = traceGradients(definition, graph).model;
  const numbers = nodes.find(({ outputs }) => outputs.includes("numbers"))!;
  const made = new Set(numbers.inputs);
  const forward = nodes.toReversed().filter(({ inputs, outputs }) => {
    const needed = outputs.some((output) => made.has(output));
    if (needed) for (const input of inputs) made.add(input);
    return needed;
  });
  const outputs = new Set(forward.flatMap((node) => node.outputs));
  const others = nodes.filter((node) => !forward.includes(node) && node !== numbers);
  return new Set(others.flatMap(({ inputs }) => inputs.filter((input) => outputs.has(input))));
}

/** Where a feed-forward sublayer is a single path beside the stream, it is one with the attention that follows. */
test.each([
  { own: {}, layer: 3 },
  { own: { fusion_parts: [8, 8] }, layer: 3 },
  { own: gated, layer: 5 },
])("of each layer the residual stream alone is kept: $own", ({ own, layer }) => {
  const keptOf = (layers: number, recompute: boolean) => {
    const sizes = { num_layers: layers, num_decoder_layers: layers };
    return keptValues(lossFunction({ ...tinyModel, ...sizes, ...own }, shape), recompute).size;
  };
  expect(keptOf(5, true) - keptOf(4, true)).toBe(layer);
  expect(keptOf(5, false) - keptOf(4, false)).toBeGreaterThan(25);
});

test("an engine that keeps all says so, and what does not", async () => {
  const definition = lossFunction(tinyModel, shape);
  await expect(referenceEngine().compileGradients(definition, { recompute: true })).rejects.toThrow(
    "Cannot train with recompute: true with the reference engine: TensorFlow.js keeps all of the forward pass; " +
      "take the graph engine (--engine graph), or set recompute: false in the recipe",
  );
});

test("a function without sublayers keeps what it has", () => {
  const definition: LossFunction = {
    weights: { x: { shape: [2, 2], dtype: "float32" } },
    inputs: {},
    evaluate: ({ x }) => ({ loss: sum<Scalar>(exp(matMul(x!, exp(x!)))), metrics: {} }),
  };
  const graph = { mode: "replace", squares: false, recompute: true } as const;
  const { nodes } = traceGradients(definition, graph).model;
  const operations = nodes.map(({ operation }) => operation);
  expect(operations.filter((operation) => operation === "Exp")).toHaveLength(2);
});
