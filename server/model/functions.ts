/** The model as the pure functions that an engine compiles: loss, evaluation and logits. */
import * as tf from "@tensorflow/tfjs-core";
import type { T5Configuration } from "../checkpoint/configuration";
import { parameterShapes } from "../checkpoint/parameters";
import type { LossFunction, PureFunction, Specs, Tensors, TensorSpec } from "../engine/engine";
import { tokenCrossEntropy } from "../engine/operations";
import type { BatchShape } from "./batch";
import { type Net, t5Logits } from "./t5";

/**
 * loss = (sum of the negative log-likelihoods of the counted targets) x loss_weight, so that micro-batches add up:
 * with a weight of 1 / (targets counted in the whole batch) it is the mean. Metrics: `nll`, that sum, and `correct`,
 * the number of counted targets that have the largest logit.
 * Inputs: input_ids [examples, inputs], decoder_input_ids and labels [examples, targets], where a label of -100 is
 * not counted; attention_mask [examples, inputs] of 0 and 1 if masked; loss_weight [].
 */
export function lossFunction(configuration: T5Configuration, shape: BatchShape): LossFunction {
  return {
    weights: weightSpecs(configuration),
    inputs: { ...sequenceSpecs(shape), ...labelSpecs(shape), loss_weight: float([]) },
    evaluate: (weights, inputs) => {
      const targets = scoredTargets({ configuration, shape, weights }, inputs);
      const nll = tf.sum<tf.Scalar>(targets.nll);
      const loss = tf.mul<tf.Scalar>(nll, inputs.loss_weight!);
      return { loss, metrics: { nll, correct: tf.sum<tf.Scalar>(targets.correct) } };
    },
  };
}

/** Outputs: `nll` [examples] and `correct` [examples], sums over each example's counted targets. */
export function evaluationFunction(
  configuration: T5Configuration,
  shape: BatchShape,
): PureFunction {
  return {
    weights: weightSpecs(configuration),
    inputs: { ...sequenceSpecs(shape), ...labelSpecs(shape) },
    evaluate: (weights, inputs) => {
      const targets = scoredTargets({ configuration, shape, weights }, inputs);
      const perExample = (values: tf.Tensor1D) =>
        tf.sum(tf.reshape(values, [shape.examples, shape.targets]), 1);
      return { nll: perExample(targets.nll), correct: perExample(targets.correct) };
    },
  };
}

/** Output: `logits` [examples, targets, vocab_size]. */
export function logitsFunction(configuration: T5Configuration, shape: BatchShape): PureFunction {
  const size = [shape.examples, shape.targets, configuration.vocab_size] as const;
  return {
    weights: weightSpecs(configuration),
    inputs: sequenceSpecs(shape),
    evaluate: (weights, inputs) => {
      const logits = t5Logits({ configuration, shape, weights }, inputs);
      return { logits: tf.reshape(logits, [...size]) };
    },
  };
}

/** Every stored tensor of the model, in file order. */
export function weightSpecs(configuration: T5Configuration): Specs {
  const entries = [...parameterShapes(configuration)];
  return Object.fromEntries(entries.map(([name, shape]) => [name, float(shape)]));
}

function scoredTargets(net: Net, inputs: Tensors): ReturnType<typeof tokenCrossEntropy> {
  return tokenCrossEntropy(t5Logits(net, inputs), tf.reshape(inputs.labels!, [-1]));
}

function sequenceSpecs({ examples, inputs, targets, masked }: BatchShape): Specs {
  const ids = { input_ids: int([examples, inputs]), decoder_input_ids: int([examples, targets]) };
  return masked ? { ...ids, attention_mask: float([examples, inputs]) } : ids;
}

function labelSpecs({ examples, targets }: BatchShape): Specs {
  return { labels: int([examples, targets]) };
}

function float(shape: readonly number[]): TensorSpec {
  return { shape, dtype: "float32" };
}

function int(shape: readonly number[]): TensorSpec {
  return { shape, dtype: "int32" };
}
