import { expect, test } from "vitest";
import type { T5Configuration } from "../../server/checkpoint/configuration";
import { rowSource, type RowSource } from "../../server/checkpoint/row-source";
import type { TensorSource } from "../../server/checkpoint/tensor-source";
import { graphEngine } from "../../server/engine/graph/engine";
import { childWeights } from "./support/child";
import { calibratePlan, measureNormFactors } from "../../server/fusion/norms";
import { type FusionPlan, planFusion } from "../../server/fusion/plan";
import {
  FusionNotPreserved,
  checkReceipt,
  limitOf,
  measureNoise,
  prove,
} from "../../server/fusion/receipt";
import { padExamples, randomExamples } from "../../server/model/examples";
import type { FusionMethod, Receipt } from "../../server/protocol/checkpoint";
import { engineProbe } from "../../server/training/probe-model";
import { referenceEngine } from "../support/reference-engine";
import { configured, heads, inFloat64, parentOf, randomWeights, small } from "./support/parents";
import { logits64 } from "./support/t5-float64";

const model = engineProbe(referenceEngine());
const sizes = { seed: 0, examples: 2, inputs: 7, targets: 5 };
/** One batch of whole examples, one with padding. */
const batches = [
  ...padExamples(randomExamples(small, sizes), 2, small),
  ...padExamples(
    [
      { inputIds: [3, 4, 5], labels: [6, 7] },
      { inputIds: [8, 9], labels: [10, 3, 4] },
    ],
    2,
    small,
  ),
];

interface Family {
  readonly plan: FusionPlan;
  readonly parents: readonly TensorSource[];
}

function family(
  configurations: readonly T5Configuration[],
  method: FusionMethod,
  copies = 1,
): Family {
  const given = configurations.map((configuration, i) => parentOf(configuration, `parent ${i}`));
  const plan = planFusion(given, { method, copies });
  const weights = configurations.map((configuration, i) => randomWeights(configuration, i));
  return { plan, parents: plan.parents.map((_, i) => weights[copies > 1 ? 0 : i]!) };
}

async function proofOf({ plan, parents }: Family, fill = 0) {
  const child = childWeights(plan, { parents, fill, seed: 1 });
  return prove(plan, {
    ...{ model, batches, filled: fill > 0 },
    parents: parents.map(rowSource),
    child: rowSource(child),
  });
}

async function drift(pair: Family, fill = 0): Promise<number> {
  const { child, filled } = await proofOf(pair, fill);
  return (filled ?? child).drift;
}

function rowsOf({ parents }: Family): RowSource[] {
  return parents.map(rowSource);
}

/** A random model in which everything that writes to the residual stream is multiplied. */
function streamTimes(configuration: T5Configuration, factor: number): TensorSource {
  const source = randomWeights(configuration, 0);
  const scaleOf = (name: string) => (/shared|\.w?o\.weight$/.test(name) ? factor : 1);
  return {
    shapes: source.shapes,
    read: async (name) => (await source.read(name)).map((value) => scaleOf(name) * value),
  };
}

const unequal: readonly Partial<T5Configuration>[] = [
  {},
  { d_model: 4, d_kv: 5, d_ff: 3, num_heads: 1, num_layers: 1, num_decoder_layers: 2 },
  { d_model: 3, d_kv: 2, d_ff: 5, num_heads: 3, num_layers: 2, num_decoder_layers: 1 },
];

test.each([2, 3])(
  "a property child of %i unequal parents passes in float32, head by head",
  async (n) => {
    for (const head of heads) {
      const configurations = unequal.slice(0, n).map((own) => configured({ ...own, ...head }));
      expect(await drift(family(configurations, "property"))).toBeLessThan(1e-5);
    }
    const mixed = heads.slice(0, n).map((head, i) => configured({ ...unequal[i], ...head }));
    expect(await drift(family(mixed, "property"))).toBeLessThan(1e-5);
  },
);

test.each([2, 3])("a self-fused child of %i copies passes under every method", async (copies) => {
  for (const head of heads) {
    for (const method of ["property", "rule"] as const) {
      expect(await drift(family([configured(head)], method, copies))).toBeLessThan(1e-5);
    }
  }
});

test("calibration brings the rule nearer to the parents' mean, and copies leave nothing to calibrate", async () => {
  // One model with twice and half its residual stream: both compute the same, but they meet in one norm, where
  // their ratio is 4 at every position.
  const { plan } = family([small, small], "calibrated");
  const rule = { plan, parents: [2, 0.5].map((factor) => streamTimes(small, factor)) };
  expect(await drift(rule)).toBeGreaterThan(0.1);
  const factors = await measureNormFactors(plan, { parents: rowsOf(rule), model, batches });
  expect(await drift({ ...rule, plan: calibratePlan(plan, factors) })).toBeLessThan(1e-4);

  const self = family([configured({})], "calibrated", 2);
  const ones = await measureNormFactors(self.plan, {
    ...{ model, batches },
    parents: rowsOf(self),
  });
  for (const factor of [...ones.values()].flat()) expect(factor).toBeCloseTo(1, 12);
});

test("a norm's factor is the mean of RMS_whole / RMS_part over the tokens", async () => {
  const { plan, parents } = family([small, configured({ d_model: 3 })], "calibrated");
  const [batch] = padExamples([{ inputIds: [4], labels: [5] }], 1, small);
  const factors = await measureNormFactors(plan, {
    ...{ model, batches: [batch!] },
    parents: parents.map(rowSource),
  });
  const squares = await Promise.all(
    parents.map(async (parent, i) => {
      const width = [6, 3][i]!;
      const row = (await parent.read("shared.weight")).slice(4 * width, 5 * width);
      return row.reduce((sum, value) => sum + value * value, 0) / width;
    }),
  );
  const whole = (6 * squares[0]! + 3 * squares[1]!) / 9;
  const [first, second] = factors.get("encoder.block.0.layer.0.layer_norm.weight")!;
  expect(first).toBeCloseTo(Math.sqrt(whole / squares[0]!), 5);
  expect(second).toBeCloseTo(Math.sqrt(whole / squares[1]!), 5);
});

test("the fill moves the child by a little, more of it by more", async () => {
  const pair = family([configured({}), configured({})], "property");
  const [little, more] = [await drift(pair, 0.01), await drift(pair, 0.1)];
  expect(little).toBeGreaterThan(1e-4);
  expect(little).toBeLessThan(0.1);
  expect(more).toBeGreaterThan(3 * little);
});

test("losses are those of the models themselves", async () => {
  const { plan, parents } = family([small, configured({ d_model: 4 })], "property");
  const [batch] = padExamples([{ inputIds: [3, 9, 4], labels: [5, 6] }], 1, small);
  const child = rowSource(childWeights(plan, { parents, fill: 0, seed: 1 }));
  const proof = await prove(plan, {
    ...{ model, child, batches: [batch!], filled: false },
    parents: parents.map(rowSource),
  });
  const logits = logits64(small, await inFloat64(parents[0]!), {
    inputs: [3, 9, 4],
    targets: [5, 6],
  });
  const nll = (row: number, label: number) => {
    const slice = logits.slice(row * 11, row * 11 + 11);
    return Math.log(slice.reduce((sum, x) => sum + Math.exp(x), 0)) - slice[label]!;
  };
  expect(proof.losses[0]).toBeCloseTo((nll(0, 5) + nll(1, 6)) / 2, 4);
});

test("the fill is left out of the proof of what should be exact, and measured beside it", async () => {
  const proof = await proofOf(family([configured({}), configured({})], "property"), 0.05);
  expect(proof.child.drift).toBeLessThan(1e-5);
  expect(proof.filled!.drift).toBeGreaterThan(1e-3);
});

test("a proof is the same however its batches are cut", async () => {
  const pair = family([small, configured({ d_model: 4 })], "rule");
  const examples = randomExamples(small, { seed: 3, examples: 700, inputs: 2, targets: 1 });
  const child = rowSource(childWeights(pair.plan, { ...pair, fill: 0, seed: 1 }));
  const proofOfBatches = (size: number) =>
    prove(pair.plan, {
      ...{ model, child, filled: false, parents: rowsOf(pair) },
      batches: padExamples(examples, size, small),
    });
  const [one, many] = [await proofOfBatches(700), await proofOfBatches(300)];
  expect(many.child.drift).toBeCloseTo(one.child.drift, 6);
  expect(many.child.loss).toBeCloseTo(one.child.loss, 5);
  expect(many.losses[1]).toBeCloseTo(one.losses[1]!, 5);
});

test("the parents' noise is that of the child's format, and measured where 1e-5 does not decide", async () => {
  const pair = family([configured({}), configured({ d_model: 4 })], "property");
  // The reference engine sums in float64, which leaves none.
  const engine = await graphEngine({ device: "cpu", threads: 1 });
  const settings = { model: engineProbe(engine), batches, parents: rowsOf(pair) };
  const noise = await measureNoise(pair.plan, { ...settings, dtype: "F32" });
  const half = await measureNoise(pair.plan, { ...settings, dtype: "F16" });
  const brain = await measureNoise(pair.plan, { ...settings, dtype: "BF16" });
  await engine.dispose();
  expect(noise).toBeGreaterThan(0);
  expect(noise).toBeLessThan(1e-5);
  expect(half).toBeGreaterThan(1e-4);
  expect(brain).toBeGreaterThan(4 * half);
  expect(brain).toBeLessThan(0.1);
  const unasked = () => Promise.reject(new Error("the noise is not needed"));
  expect(await limitOf(1e-5, { dtype: "F32", noise: unasked })).toBe(1e-5);
  const limit = (noise: number) =>
    limitOf(2e-5, { dtype: "F32", noise: () => Promise.resolve(noise) });
  expect(await limit(1e-6)).toBe(1e-5);
  expect(await limit(1e-5)).toBe(4e-5);
  expect(await limit(1)).toBe(0.5);
});

test("only an exact fusion must stay below the limit", () => {
  const receipt = { drift: 2e-5, limit: 1e-5 };
  const check = (kind: Receipt["kind"], drift: number) => {
    checkReceipt({
      method: "property",
      kind,
      drift,
      limit: receipt.limit,
      parent_losses: [],
      child_loss: 0,
      probe: { source: "random tokens", examples: 0, tokens: 0 },
    });
  };
  expect(() => {
    check("drifts", 0.5);
  }).not.toThrow();
  for (const bad of [2e-5, NaN]) {
    expect(() => {
      check("exact", bad);
    }).toThrow(FusionNotPreserved);
  }
});
