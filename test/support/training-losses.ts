/** A model trained for some steps on made-up batches, by whatever engine. */
import type { T5Configuration } from "../../server/checkpoint/configuration";
import type { Engine, HostTensors } from "../../server/engine/engine";
import { type BatchShape, shiftRight } from "../../server/model/batch";
import { lossFunction } from "../../server/model/functions";
import { initialWeight } from "../../server/model/initialise";
import type { OptimizerSettings } from "../../server/training/settings";
import { updateProgram, updateScalars } from "../../server/training/update-program";

const shape: BatchShape = { examples: 2, inputs: 16, targets: 8, masked: false };
const adafactor: OptimizerSettings = {
  kind: "adafactor",
  decay: 0.8,
  clipping: 1,
  multiply_by_parameter_scale: true,
};

export interface Training {
  /** Trains the steps of these numbers, the first is 1. @returns their losses */
  run(first: number, last: number): Promise<number[]>;
  dispose(): void;
}

export interface TrainingOptions {
  readonly configuration: T5Configuration;
  readonly steps: number;
  /** Adafactor, where none is given. */
  readonly optimizer?: OptimizerSettings;
  readonly recompute?: boolean;
}

export async function trainingLosses(
  engine: Engine,
  { configuration, steps, ...how }: TrainingOptions,
): Promise<number[]> {
  const training = await openTraining(engine, configuration, how);
  const losses = await training.run(1, steps);
  training.dispose();
  return losses;
}

export async function openTraining(
  engine: Engine,
  configuration: T5Configuration,
  {
    optimizer = adafactor,
    recompute = false,
  }: Omit<TrainingOptions, "configuration" | "steps"> = {},
): Promise<Training> {
  const definition = lossFunction(configuration, shape);
  const gradients = await engine.compileGradients(definition, { recompute });
  const update = await engine.compileUpdate(updateProgram(optimizer, definition.weights));
  const stores = {
    weights: engine.allocate(definition.weights),
    gradients: engine.allocate(definition.weights),
    state: engine.allocate(update.state),
  };
  for (const name of Object.keys(definition.weights)) {
    await stores.weights.write(name, initialWeight(configuration, name, 1));
  }
  return {
    run: async (first, last) => {
      const losses: number[] = [];
      for (let step = first; step <= last; step++) {
        const inputs = batch(configuration, step);
        const result = await gradients.run(stores.weights, stores.gradients, [inputs], "replace");
        losses.push(result.loss);
        const scalars = updateScalars(optimizer, {
          learningRate: 0.01,
          gradientScale: 1,
          update: step,
        });
        await update.run({ ...stores, scalars });
      }
      return losses;
    },
    dispose: () => {
      gradients.dispose();
      update.dispose();
      for (const store of Object.values(stores)) store.dispose();
    },
  };
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
