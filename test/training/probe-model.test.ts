import { memory } from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { rowSource } from "../../server/checkpoint/row-source";
import type { T5Configuration } from "../../server/checkpoint/configuration";
import { graphEngine } from "../../server/engine/graph/engine";
import type { Engine } from "../../server/engine/engine";
import type { ProbeBatch } from "../../server/fusion/probe";
import { meanSquares } from "../../server/fusion/norms";
import { shiftRight } from "../../server/model/batch";
import { isTarget, padExamples } from "../../server/model/examples";
import { logitsFunction, weightSpecs } from "../../server/model/functions";
import type { Pass } from "../../server/model/tensorwise/pass";
import { engineProbe } from "../../server/training/probe-model";
import { configured, heads, randomWeights } from "../fusion/support/parents";
import { referenceEngine } from "../support/reference-engine";

const configuration = configured({ fusion_parts: [2, 4] });
const weights = randomWeights(configuration, 1);
const batches: readonly ProbeBatch[] = padExamples(
  [
    { inputIds: [3, 7, 1], labels: [5, 1] },
    { inputIds: [9, 10], labels: [8, 2, 4] },
    { inputIds: [4], labels: [3] },
  ],
  2,
  configuration,
);

/** The logits of the targets, from the whole model at once. */
async function wholeLogits(engine: Engine, of: T5Configuration, seed: number): Promise<number[]> {
  const store = engine.allocate(weightSpecs(of));
  const source = randomWeights(of, seed);
  for (const name of source.shapes.keys()) await store.write(name, await source.read(name));
  const all: number[] = [];
  for (const { labels, inputIds, attentionMask, ...shape } of batches) {
    const masked = attentionMask !== undefined;
    const compiled = await engine.compileFunction(logitsFunction(of, { ...shape, masked }));
    const { logits } = await compiled.run(store, {
      input_ids: inputIds,
      decoder_input_ids: shiftRight(labels, { ...shape, masked }, of),
      ...(attentionMask && { attention_mask: attentionMask }),
    });
    labels.forEach((label, row) => {
      const width = of.vocab_size;
      if (isTarget(label)) all.push(...logits!.slice(row * width, (row + 1) * width));
    });
    compiled.dispose();
  }
  store.dispose();
  return all;
}

const engines = {
  graph: () => graphEngine({ device: "cpu", threads: 1 }),
  reference: () => Promise.resolve(referenceEngine()),
};

test.each(Object.entries(engines))(
  "a model that runs tensor by tensor on the %s engine gives the whole model's logits",
  async (_, open) => {
    const engine = await open();
    const before = memory().numTensors;
    for (const own of [
      configuration,
      ...heads.map((head) => configured({ ...head, is_gated_act: true, dense_act_fn: "gelu_new" })),
    ]) {
      const run = engineProbe(engine).run(own, {
        ...{ batches, passes: [{ kind: "plain" }] },
        weights: rowSource(randomWeights(own, 2)),
      });
      const [logits] = await run.logits(await run.states(), { from: 0, to: own.vocab_size });
      const expected = await wholeLogits(engine, own, 2);
      expect(logits!.length).toBe(expected.length);
      expected.forEach((logit, i) => {
        expect(logits![i]).toBeCloseTo(logit, 4);
      });
    }
    expect(memory().numTensors).toBe(before);
    await engine.dispose();
  },
);

test("sums in another order give the same logits but for their rounding, and changes hold from their pass on", async () => {
  const passes: Pass[] = [
    { kind: "plain" },
    { kind: "reordered", seed: 1 },
    {
      kind: "changed",
      change: (name, values) => {
        if (name.endsWith("o.weight")) values.fill(0);
      },
    },
  ];
  const engine = await engines.graph();
  const run = engineProbe(engine).run(configuration, {
    ...{ batches, passes, weights: rowSource(weights) },
  });
  const [plain, reordered, changed] = await run.states();
  expect(reordered).not.toEqual(plain);
  expect(changed).not.toEqual(plain);
  reordered!.forEach((value, i) => {
    expect(value).toBeCloseTo(plain![i]!, 5);
  });
  await engine.dispose();
});

test("every norm's input is shown, for the tokens of all batches", async () => {
  const seen = new Map<string, Float32Array>();
  const run = engineProbe(referenceEngine()).run(configuration, {
    ...{ batches, passes: [{ kind: "plain" }], weights: rowSource(weights) },
    observeNorm: (name, x) => seen.set(name, meanSquares(x, configuration.fusion_parts)),
  });
  await run.states();
  const norms = [...weights.shapes.keys()].filter((name) => name.endsWith("layer_norm.weight"));
  expect([...seen.keys()].sort()).toEqual(norms.sort());

  // The first norm of a stack sees the embeddings.
  const table = await weights.read("shared.weight");
  const expected = batches.flatMap(({ inputIds }) =>
    [...inputIds].flatMap((id) => [
      (table[6 * id]! ** 2 + table[6 * id + 1]! ** 2) / 2,
      table.slice(6 * id + 2, 6 * id + 6).reduce((sum, value) => sum + value * value, 0) / 4,
    ]),
  );
  const measured = seen.get("encoder.block.0.layer.0.layer_norm.weight")!;
  expect(measured.length).toBe(expected.length);
  expected.forEach((value, i) => {
    expect(measured[i]).toBeCloseTo(value, 5);
  });
});
