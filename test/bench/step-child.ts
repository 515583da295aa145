/**
 * A process of its own, so that its peak memory is the engine's: trains the case in FOLDER, prints its times. With a
 * second word, on one lane, and onnxruntime notes each node's time in files whose paths begin with that word.
 */
import { open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { argv, resourceUsage, stdout } from "node:process";
import type { CompiledGradients, CompiledUpdate, Engine } from "../../server/engine/engine";
import type { HostTensors, Scalars } from "../../server/engine/engine";
import { graphEngine } from "../../server/engine/graph/engine";
import { lossFunction } from "../../server/model/functions";
import { partsOf } from "../../server/training/batch-parts";
import type { OptimizerSettings } from "../../server/training/settings";
import { updateProgram, updateScalars } from "../../server/training/update-program";
import type { StepCase, StepTimes } from "./step-case";

/** Without decay, AdamW is Adam. */
const adam: OptimizerSettings = {
  kind: "adamw",
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  weight_decay: 0,
};

const [folder, profilePrefix] = argv.slice(2) as [string, string?];
const stepCase = JSON.parse(await readFile(join(folder, "case.json"), "utf8")) as StepCase;
const engine = await graphEngine({
  device: stepCase.device,
  threads: stepCase.threads,
  ...(profilePrefix === undefined
    ? { worker: new URL("./engine-worker.js", import.meta.url) }
    : { profilePrefix }),
});
stdout.write(`${JSON.stringify(await timeSteps(engine, stepCase))}\n`);
await engine.dispose();

async function timeSteps(
  engine: Engine,
  { configuration, shape, recompute }: StepCase,
): Promise<StepTimes> {
  const parts = profilePrefix === undefined && engine.splitsBatches ? partsOf(shape) : 1;
  const definition = lossFunction(configuration, { ...shape, examples: shape.examples / parts });
  const gradients: CompiledGradients = await engine.compileGradients(definition, {
    ...{ batches: parts, recompute },
  });
  const update: CompiledUpdate = await engine.compileUpdate(
    updateProgram(adam, definition.weights),
  );
  const stores = {
    weights: engine.allocate(definition.weights),
    gradients: engine.allocate(definition.weights),
    state: engine.allocate(update.state),
  };
  const file = await open(join(folder, "weights.bin"));
  for (const [name, dimensions] of stepCase.weights) {
    const values = new Float32Array(dimensions.reduce((size, axis) => size * axis, 1));
    await file.read(new Uint8Array(values.buffer));
    await stores.weights.write(name, values);
  }
  await file.close();

  const batches = await readBatches(parts);
  const losses: number[] = [];
  const gradientMs: number[] = [];
  const stepMs: number[] = [];
  for (const [index, batch] of batches.entries()) {
    const start = performance.now();
    const { loss } = await gradients.run(stores.weights, stores.gradients, batch, "replace");
    gradientMs.push(performance.now() - start);
    await update.run({ ...stores, scalars: scalarsAt(index + 1) });
    stepMs.push(performance.now() - start);
    losses.push(loss);
  }
  return { losses, gradientMs, stepMs, peakBytes: resourceUsage().maxRSS * 1024 };
}

function scalarsAt(update: number): Scalars {
  return updateScalars(adam, { learningRate: stepCase.learningRate, gradientScale: 1, update });
}

/** Of each step, its batch in so many parts. */
async function readBatches(parts: number): Promise<HostTensors[][]> {
  const bytes = await readFile(join(folder, "batches.bin"));
  const all = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
  const { examples, inputs, targets } = stepCase.shape;
  const [source, target] = [examples * inputs, examples * targets];
  return Array.from({ length: stepCase.steps }, (_, step) => {
    const start = step * (source + 2 * target);
    const [decoder, labels] = [start + source, start + source + target];
    return Array.from({ length: parts }, (_unused, part) => {
      const cut = (from: number, size: number): Int32Array =>
        all.subarray(from + (part * size) / parts, from + ((part + 1) * size) / parts);
      return {
        input_ids: cut(start, source),
        decoder_input_ids: cut(decoder, target),
        labels: cut(labels, target),
        loss_weight: Float32Array.of(1 / target),
      };
    });
  });
}
