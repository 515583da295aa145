/** Against transformers, whose results `npm run golden` makes: see test/python/golden_t5.py. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { openSafetensors, type SafetensorsFile } from "../../server/checkpoint/safetensors";
import type { Engine, TensorStore } from "../../server/engine/engine";
import { logitsFunction, lossFunction, weightSpecs } from "../../server/model/functions";
import { engineUnderTest } from "../support/engine-under-test";
import { type GoldenCase, goldenCases } from "../support/golden-t5";
import { referenceEngine } from "../support/reference-engine";

const folder = fileURLToPath(new URL("../golden/t5/", import.meta.url));

interface Golden {
  readonly loss: number;
  /** Of transformers in float32 from itself in float64, relative, by weight. */
  readonly gradient_distances: Readonly<Record<string, number>>;
}

const golden = JSON.parse(readFileSync(`${folder}golden.json`, "utf8")) as {
  readonly cases: Readonly<Record<string, Golden>>;
};

const limits = { logits: 1e-4, loss: 1e-5, gradient: 1e-3, noise: 4 } as const;

const cases = goldenCases();

/** The reference engine is slow, and has the same functions to run. */
const engines = [
  { engine: await engineUnderTest(), cases },
  { engine: referenceEngine(), cases: cases.slice(0, 4) },
];

describe.each(engines)("T5 on the $engine.name engine", ({ engine, cases }) => {
  afterAll(() => engine.dispose());

  test.each(cases.map((golden) => [describeCase(golden), golden] as const))(
    "has transformers' logits, loss and gradients: %s",
    (_, golden) => check(engine, golden),
  );
});

async function check(engine: Engine, { name, configuration, shape, weight, batch }: GoldenCase) {
  const expected = golden.cases[name]!;
  const file = await openSafetensors(`${folder}${name}.safetensors`);
  const weights = engine.allocate(weightSpecs(configuration));
  const gradients = engine.allocate(weightSpecs(configuration));
  for (const tensor of Object.keys(weights.specs)) await weights.write(tensor, weight(tensor));

  const { labels, ...sequences } = batch;
  const logits = await engine.compileFunction(logitsFunction(configuration, shape));
  const outputs = await logits.run(weights, sequences);
  const reference = await file.read("logits");
  expect(largestDifference(outputs.logits!, reference)).toBeLessThan(
    limits.logits * Math.max(...reference.map(Math.abs)),
  );

  const counted = labels!.filter((label) => label >= 0).length;
  const loss = await engine.compileGradients(lossFunction(configuration, shape));
  const inputs = { ...batch, loss_weight: Float32Array.of(1 / counted) };
  const result = await loss.run(weights, gradients, [inputs], "replace");
  expect(Math.abs(result.loss - expected.loss) / expected.loss).toBeLessThan(limits.loss);
  await checkGradients(gradients, file, expected);

  for (const part of [weights, gradients, logits, loss]) part.dispose();
  await file.close();
}

async function checkGradients(gradients: TensorStore, file: SafetensorsFile, expected: Golden) {
  const tooFar: string[] = [];
  for (const name of Object.keys(gradients.specs)) {
    const distance = relativeDistance(await gradients.read(name), await file.read(name));
    const limit = Math.max(limits.gradient, limits.noise * expected.gradient_distances[name]!);
    if (!(distance <= limit)) tooFar.push(`${name}: ${distance} > ${limit}`);
  }
  expect(tooFar).toEqual([]);
}

function largestDifference(values: ArrayLike<number>, reference: Float32Array): number {
  return reference.reduce((most, value, i) => Math.max(most, Math.abs(value - values[i]!)), 0);
}

function relativeDistance(values: Float32Array, reference: Float32Array): number {
  const difference = values.map((value, i) => value - reference[i]!);
  return Math.hypot(...difference) / Math.hypot(...reference);
}

function describeCase({ name, configuration, shape }: GoldenCase): string {
  const { dense_act_fn, is_gated_act, tie_word_embeddings, scale_decoder_outputs } = configuration;
  const { d_model, num_heads, d_kv, d_ff, num_layers, num_decoder_layers } = configuration;
  const buckets = configuration.relative_attention_num_buckets;
  return [
    `${name}: d ${d_model}, ${num_heads} x ${d_kv}, ff ${d_ff}, ${num_layers} + ${num_decoder_layers} layers`,
    `${is_gated_act ? "gated " : ""}${dense_act_fn}`,
    tie_word_embeddings ? "tied" : "untied",
    scale_decoder_outputs ? "scaled" : "unscaled",
    `${buckets} buckets to ${configuration.relative_attention_max_distance}`,
    `${shape.inputs} to ${shape.targets} tokens`,
    shape.masked ? "padded" : "full",
  ].join(", ");
}
