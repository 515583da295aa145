/** Loss and accuracy of weights on held-out examples. */
import type { T5Configuration } from "../checkpoint/configuration";
import type { HeldoutExamples } from "../data/heldout";
import type { CompiledFunction, Engine, HostTensors, TensorStore, Values } from "../engine/engine";
import { ignoredLabel } from "../engine/operations";
import { type BatchShape, shiftRight } from "../model/batch";
import { evaluationFunction } from "../model/functions";

export interface HeldoutFigures {
  /** Mean nats per target token. */
  readonly loss: number;
  /** Fraction of target tokens whose largest logit is right. */
  readonly accuracy: number;
  /** Target tokens counted. */
  readonly tokens: number;
}

export interface Evaluator {
  /** One at a time. The same weights give the same figures, bit by bit. @throws the signal's reason */
  evaluate(weights: TensorStore, course?: EvaluationCourse): Promise<HeldoutFigures>;
  dispose(): void;
}

export interface EvaluationCourse {
  readonly signal?: AbortSignal;
  /** Before each batch: the share of the examples that is done. */
  readonly onProgress?: (share: number) => void;
}

export interface EvaluatorOptions {
  readonly engine: Engine;
  readonly configuration: T5Configuration;
  readonly heldout: HeldoutExamples;
  /** Examples that go through the model at once. */
  readonly batch: number;
}

/** Compiles with the first evaluation. @throws {RangeError} there are no examples */
export function openEvaluator(options: EvaluatorOptions): Evaluator {
  const { engine, configuration, heldout } = options;
  if (heldout.examples === 0) {
    throw new RangeError(
      "Cannot evaluate: too little of the corpus is held out for one example; give it more documents, or a larger holdout",
    );
  }
  const shape: BatchShape = {
    examples: Math.min(options.batch, heldout.examples),
    inputs: heldout.inputIds.length / heldout.examples,
    targets: heldout.targets,
    masked: false,
  };
  const evaluation = evaluationFunction(configuration, shape);
  let compiled: CompiledFunction | undefined;
  return {
    evaluate: async (weights, course = {}) => {
      compiled ??= await engine.compileFunction(evaluation);
      return evaluateAll({ compiled, weights, shape, heldout, configuration, ...course });
    },
    dispose: () => {
      compiled?.dispose();
    },
  };
}

interface Evaluation extends EvaluationCourse {
  readonly compiled: CompiledFunction;
  readonly weights: TensorStore;
  readonly shape: BatchShape;
  readonly heldout: HeldoutExamples;
  readonly configuration: T5Configuration;
}

async function evaluateAll(evaluation: Evaluation): Promise<HeldoutFigures> {
  const { compiled, weights, shape, heldout, signal, onProgress } = evaluation;
  const tokens = heldout.labels.reduce((n, label) => (label === ignoredLabel ? n : n + 1), 0);
  let nll = 0;
  let correct = 0;
  for (let first = 0; first < heldout.examples; first += shape.examples) {
    onProgress?.(first / heldout.examples);
    signal?.throwIfAborted();
    const outputs = await compiled.run(weights, batchFrom(evaluation, first));
    nll += total(outputs.nll);
    correct += total(outputs.correct);
  }
  return { loss: nll / tokens, accuracy: correct / tokens, tokens };
}

/** Examples from `first` on; the last batch is filled up with examples that have no counted target. */
function batchFrom({ shape, heldout, configuration }: Evaluation, first: number): HostTensors {
  const { examples, inputs, targets } = shape;
  const inputIds = new Int32Array(examples * inputs).fill(configuration.pad_token_id);
  const labels = new Int32Array(examples * targets).fill(ignoredLabel);
  inputIds.set(heldout.inputIds.subarray(first * inputs, (first + examples) * inputs));
  labels.set(heldout.labels.subarray(first * targets, (first + examples) * targets));
  return {
    input_ids: inputIds,
    decoder_input_ids: shiftRight(labels, shape, configuration),
    labels,
  };
}

function total(values: Values | undefined): number {
  let sum = 0;
  for (const value of values ?? []) sum += value;
  return sum;
}
