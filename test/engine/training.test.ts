import { expect, test } from "vitest";
import { presets } from "../../server/model/presets";
import type { T5Configuration } from "../../server/checkpoint/configuration";
import type { CompiledUpdate, Engine, HostTensors, TensorStore } from "../../server/engine/engine";
import { shiftRight } from "../../server/model/batch";
import { lossFunction } from "../../server/model/functions";
import { initialWeight } from "../../server/model/initialise";
import type { OptimizerSettings } from "../../server/training/settings";
import { updateProgram, updateScalars } from "../../server/training/update-program";
import { engineUnderTest, threadsUnderTest } from "../support/engine-under-test";
import { growthOverSteps } from "../support/growth";
import { referenceEngine } from "../support/reference-engine";

const shape = { examples: 2, inputs: 6, targets: 4, masked: true };
const gated: T5Configuration = {
  ...presets["t5-nano"]!,
  vocab_size: 40,
  d_model: 12,
  d_kv: 4,
  d_ff: 20,
  num_heads: 3,
  num_layers: 2,
  num_decoder_layers: 1,
  dense_act_fn: "gelu_new",
  is_gated_act: true,
  tie_word_embeddings: false,
  scale_decoder_outputs: false,
  fusion_parts: [12],
};
const tied: T5Configuration = {
  ...gated,
  dense_act_fn: "relu",
  is_gated_act: false,
  tie_word_embeddings: true,
  scale_decoder_outputs: true,
  fusion_parts: [8, 4],
};

const optimizers: readonly OptimizerSettings[] = [
  { kind: "adafactor", decay: 0.8, clipping: 1, multiply_by_parameter_scale: true },
  { kind: "adamw", beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 0.01 },
  { kind: "sgd", momentum: 0.9 },
];

function batch(configuration: T5Configuration): HostTensors {
  const labels = Int32Array.of(5, 9, 1, -100, 7, 5, 5, 1);
  return {
    input_ids: Int32Array.of(3, 4, 5, 6, 1, 0, 9, 8, 7, 3, 3, 1),
    decoder_input_ids: shiftRight(labels, shape, configuration),
    labels,
    attention_mask: Float32Array.of(1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1),
    loss_weight: Float32Array.of(1 / 7),
  };
}

interface Trained {
  readonly losses: readonly number[];
  readonly squares: readonly number[];
  readonly tensors: ReadonlyMap<string, Float32Array>;
}

/** Three steps of two micro-batches. */
async function train(
  engine: Engine,
  configuration: T5Configuration,
  optimizer: OptimizerSettings,
): Promise<Trained> {
  const definition = lossFunction(configuration, shape);
  const program = updateProgram(optimizer, definition.weights);
  const gradients = await engine.compileGradients(definition);
  const update: CompiledUpdate = await engine.compileUpdate(program);
  const stores = {
    weights: engine.allocate(definition.weights),
    gradients: engine.allocate(definition.weights),
    state: engine.allocate(update.state),
  };
  for (const name of Object.keys(definition.weights)) {
    await stores.weights.write(name, initialWeight(configuration, name, 1));
  }
  const losses: number[] = [];
  let squares: number[] = [];
  for (let step = 1; step <= 3; step++) {
    const inputs = batch(configuration);
    await gradients.run(stores.weights, stores.gradients, [inputs], "replace");
    const result = await gradients.run(stores.weights, stores.gradients, [inputs], "accumulate");
    losses.push(result.loss);
    squares = Object.values(result.squares);
    const scalars = updateScalars(optimizer, {
      learningRate: 0.01,
      gradientScale: 0.5,
      update: step,
    });
    await update.run({ ...stores, scalars });
  }
  const tensors = new Map<string, Float32Array>();
  for (const [kind, store] of Object.entries<TensorStore>(stores)) {
    for (const name of Object.keys(store.specs))
      tensors.set(`${kind} ${name}`, await store.read(name));
    store.dispose();
  }
  gradients.dispose();
  update.dispose();
  return { losses, squares, tensors };
}

function expectClose(actual: Float32Array, expected: Float32Array, name: string): void {
  const scale = Math.max(1e-3, ...expected.map(Math.abs));
  const worst = expected.reduce(
    (most, value, index) => Math.max(most, Math.abs(value - actual[index]!)),
    0,
  );
  expect(worst / scale, name).toBeLessThan(1e-3);
}

for (const [kind, configuration] of Object.entries({ gated, tied })) {
  for (const optimizer of optimizers) {
    test(`a ${kind} T5 trains with ${optimizer.kind} as on the reference engine`, async () => {
      const engine = await engineUnderTest();
      const actual = await train(engine, configuration, optimizer);
      await engine.dispose();
      const expected = await train(referenceEngine(), configuration, optimizer);
      actual.losses.forEach((loss, step) => {
        expect(loss).toBeCloseTo(expected.losses[step]!, 4);
      });
      for (const [name, values] of expected.tensors) {
        expectClose(actual.tensors.get(name)!, values, name);
      }
    });
  }
}

test("two runs have the same bits, with one thread and with two", async () => {
  const bits = async (threads: number): Promise<Trained> => {
    const engine = await engineUnderTest(threads);
    const trained = await train(engine, gated, optimizers[0]!);
    await engine.dispose();
    return trained;
  };
  for (const threads of threadsUnderTest) expect(await bits(threads)).toEqual(await bits(threads));
});

test("hundreds of steps leave no tensor and no memory behind", async () => {
  const engine = await engineUnderTest();
  const growth = await growthOverSteps(engine, { configuration: presets["t5-nano"]!, steps: 200 });
  await engine.dispose();
  expect(growth.tensors).toBe(0);
  expect(growth.buffersBytes).toBeLessThan(2 ** 16);
});
