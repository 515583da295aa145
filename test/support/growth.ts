/** What training adds to tfjs's tensors and to the process's buffers once it has warmed up. */
import { memory } from "@tensorflow/tfjs-core";
import { memoryUsage } from "node:process";
import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { T5Configuration } from "../../server/checkpoint/configuration";
import type { Engine, HostTensors } from "../../server/engine/engine";
import { type BatchShape, shiftRight } from "../../server/model/batch";
import { lossFunction } from "../../server/model/functions";
import { initialWeight } from "../../server/model/initialise";
import type { OptimizerSettings } from "../../server/training/settings";
import { updateProgram, updateScalars } from "../../server/training/update-program";

export interface Growth {
  readonly tensors: number;
  readonly buffersBytes: number;
}

export interface GrowthOptions {
  readonly configuration: T5Configuration;
  readonly steps: number;
}

const shape: BatchShape = { examples: 2, inputs: 16, targets: 8, masked: false };
const optimizer: OptimizerSettings = {
  kind: "adafactor",
  decay: 0.8,
  clipping: 1,
  multiply_by_parameter_scale: true,
};

/** Trains a tenth of the steps to warm up, and then all of them. */
export async function growthOverSteps(
  engine: Engine,
  { configuration, steps }: GrowthOptions,
): Promise<Growth> {
  const definition = lossFunction(configuration, shape);
  const gradients = await engine.compileGradients(definition);
  const update = await engine.compileUpdate(updateProgram(optimizer, definition.weights));
  const stores = {
    weights: engine.allocate(definition.weights),
    gradients: engine.allocate(definition.weights),
    state: engine.allocate(update.state),
  };
  for (const name of Object.keys(definition.weights)) {
    await stores.weights.write(name, initialWeight(configuration, name, 1));
  }
  const train = async (first: number, last: number): Promise<void> => {
    for (let step = first; step <= last; step++) {
      const inputs = batch(configuration, step);
      await gradients.run(stores.weights, stores.gradients, inputs, "replace");
      const scalars = updateScalars(optimizer, {
        learningRate: 0.01,
        gradientScale: 1,
        update: step,
      });
      await update.run({ ...stores, scalars });
    }
  };
  const warm = Math.ceil(steps / 10);
  await train(1, warm);
  const before = await held();
  await train(warm + 1, warm + steps);
  const after = await held();
  gradients.dispose();
  update.dispose();
  for (const store of Object.values(stores)) store.dispose();
  return {
    tensors: after.tensors - before.tensors,
    buffersBytes: after.buffersBytes - before.buffersBytes,
  };
}

async function held(): Promise<Growth> {
  collectGarbage();
  // Native buffers are given back by finalizers, which run after the collection; a second one takes what those held.
  await setImmediate();
  collectGarbage();
  return { tensors: memory().numTensors, buffersBytes: memoryUsage().arrayBuffers };
}

function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc()");
}

function batch(configuration: T5Configuration, step: number): HostTensors {
  const ids = (count: number, stride: number): Int32Array =>
    Int32Array.from(
      { length: count },
      (_, index) => (step * 7 + index * stride) % configuration.vocab_size,
    );
  const labels = ids(shape.examples * shape.targets, 5);
  return {
    input_ids: ids(shape.examples * shape.inputs, 3),
    decoder_input_ids: shiftRight(labels, shape, configuration),
    labels,
    loss_weight: Float32Array.of(1 / labels.length),
  };
}
