/** A model that learns: its weights, gradients and optimizer state on an engine, and one step on them. */
import type { T5Configuration } from "../checkpoint/configuration";
import type {
  CompiledGradients,
  CompiledUpdate,
  Engine,
  GradientResult,
  HostTensors,
  Scalars,
  TensorStore,
} from "../engine/engine";
import { sumOfBatches } from "../engine/host";
import { ignoredLabel } from "../engine/operations";
import { type BatchShape, shiftRight } from "../model/batch";
import { stepFlops } from "../model/cost";
import { lossFunction } from "../model/functions";
import { partsOf } from "./batch-parts";
import { divergence } from "./divergence";
import type { TrainSettings } from "./settings";
import { clippingScale, updateProgram, updateScalars } from "./update-program";

/** What of a stage's settings a step depends on. */
export type StepSettings = Pick<
  TrainSettings,
  "batch" | "micro_batch" | "inputs" | "optimizer" | "gradient_clipping" | "precision" | "recompute"
>;

export interface LearnerOptions {
  readonly engine: Engine;
  readonly configuration: T5Configuration;
  readonly settings: StepSettings;
  /** Decoder tokens of an example. */
  readonly targets: number;
}

export interface StepInput {
  /** [batch, inputs] */
  readonly inputIds: Int32Array;
  /** [batch, targets] */
  readonly labels: Int32Array;
  /** Of the stage, counted from 1. */
  readonly step: number;
  /** Of the optimizer's state, counted from 1. */
  readonly update: number;
  readonly learningRate: number;
  /** A power of two: what the loss is multiplied by, and the gradients divided by; 1 unless given. */
  readonly lossScale?: number;
}

export interface StepFigures {
  readonly loss: number;
  readonly accuracy: number;
  /** Global norm before clipping. */
  readonly gradientNorm: number;
}

export interface Learner {
  readonly weights: TensorStore;
  readonly state: TensorStore;
  /** Inputs and targets, and floating-point operations, of every step. */
  readonly tokensPerStep: number;
  readonly flopsPerStep: number;
  /** @throws {Divergence} loss or gradient is not finite; the weights are then as they were */
  step(input: StepInput): Promise<StepFigures>;
  dispose(): void;
}

/**
 * Weights and state are zero at first.
 * @throws {RangeError} micro_batch does not divide batch, or the engine does not compute in the precision
 */
export async function openLearner(options: LearnerOptions): Promise<Learner> {
  const { engine, configuration, settings, targets } = options;
  const micro = microShape(settings, targets);
  const parts = engine.splitsBatches ? partsOf(micro) : 1;
  const shape = { ...micro, examples: micro.examples / parts };
  const definition = lossFunction(configuration, shape);
  const { precision, recompute } = settings;
  const gradients = await engine.compileGradients(definition, {
    ...{ batches: parts, precision, recompute },
  });
  const update = await engine.compileUpdate(updateProgram(settings.optimizer, definition.weights));
  const stores = {
    weights: engine.allocate(definition.weights),
    gradients: engine.allocate(definition.weights),
    state: engine.allocate(update.state),
  };
  const compiled = { gradients, update };
  return {
    weights: stores.weights,
    state: stores.state,
    tokensPerStep: settings.batch * (settings.inputs + targets),
    flopsPerStep: stepFlops(configuration, { ...shape, examples: settings.batch }),
    step: (input) => takeStep({ configuration, settings, shape, parts, stores, compiled }, input),
    dispose: () => {
      for (const owned of [...Object.values(stores), gradients, update]) owned.dispose();
    },
  };
}

function microShape(settings: StepSettings, targets: number): BatchShape {
  const { batch, micro_batch, inputs } = settings;
  if (micro_batch < 1 || batch % micro_batch !== 0) {
    throw new RangeError(
      `Cannot train: micro_batch ${micro_batch} does not divide batch ${batch}; ` +
        "choose a divisor of it",
    );
  }
  return { examples: micro_batch, inputs, targets, masked: false };
}

interface Learning {
  readonly configuration: T5Configuration;
  readonly settings: StepSettings;
  /** Of one part of a micro-batch. */
  readonly shape: BatchShape;
  readonly parts: number;
  readonly stores: {
    readonly weights: TensorStore;
    readonly gradients: TensorStore;
    readonly state: TensorStore;
  };
  readonly compiled: { readonly gradients: CompiledGradients; readonly update: CompiledUpdate };
}

async function takeStep(learning: Learning, input: StepInput): Promise<StepFigures> {
  const { settings, stores, compiled } = learning;
  const { lossScale = 1 } = input;
  const targets = input.labels.reduce((n, label) => (label === ignoredLabel ? n : n + 1), 0);
  const { nll, correct, squares } = await accumulateGradients(learning, input, targets);
  const figures = {
    loss: nll / targets,
    accuracy: correct / targets,
    gradientNorm:
      Math.sqrt(Object.values(squares).reduce((sum, square) => sum + square, 0)) / lossScale,
  };
  if (!Number.isFinite(figures.loss) || !Number.isFinite(figures.gradientNorm)) {
    const { step } = input;
    throw await divergence({ step, updates: step - 1, loss: figures.loss, squares, ...stores });
  }
  const scalars = updateScalars(settings.optimizer, {
    learningRate: input.learningRate,
    gradientScale: clippingScale(figures.gradientNorm, settings.gradient_clipping) / lossScale,
    update: input.update,
  });
  await compiled.update.run({ ...stores, scalars });
  return figures;
}

/** Sums over the micro-batches; the squares are those of the whole batch's gradients. */
async function accumulateGradients(
  learning: Learning,
  input: StepInput,
  targets: number,
): Promise<{ readonly nll: number; readonly correct: number; readonly squares: Scalars }> {
  const { settings, shape, parts, stores, compiled } = learning;
  const results: GradientResult[] = [];
  for (let first = 0; first < settings.batch; first += settings.micro_batch) {
    const batches = Array.from({ length: parts }, (_, part) =>
      batchFrom(learning, input, { first: first + part * shape.examples, targets }),
    );
    const mode = first === 0 ? "replace" : "accumulate";
    results.push(await compiled.gradients.run(stores.weights, stores.gradients, batches, mode));
  }
  const { metrics, squares } = sumOfBatches(results);
  return { nll: metrics.nll ?? NaN, correct: metrics.correct ?? NaN, squares };
}

/** As many examples as the gradients are compiled for, from the first on. */
function batchFrom(
  { configuration, shape }: Learning,
  { inputIds, labels, lossScale = 1 }: StepInput,
  { first, targets }: { readonly first: number; readonly targets: number },
): HostTensors {
  const end = first + shape.examples;
  const part = labels.subarray(first * shape.targets, end * shape.targets);
  return {
    input_ids: inputIds.subarray(first * shape.inputs, end * shape.inputs),
    decoder_input_ids: shiftRight(part, shape, configuration),
    labels: part,
    loss_weight: Float32Array.of(lossScale / targets),
  };
}
