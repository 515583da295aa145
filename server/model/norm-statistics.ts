/**
 * How large the hidden state is where it enters each norm: what a fusion under one RMSNorm is calibrated by.
 */
import * as tf from "@tensorflow/tfjs-core";
import type { T5Configuration } from "../checkpoint/configuration";
import type { PureFunction } from "../engine/engine";
import type { BatchShape } from "./batch";
import { logitsFunction } from "./functions";
import { t5Logits } from "./t5";

/**
 * Outputs: `mean_square/${name of the norm's weight}` [examples, positions, parts], the mean square of each of
 * the `fusion_parts` of the norm's input, without epsilon.
 */
export function normStatisticsFunction(
  configuration: T5Configuration,
  shape: BatchShape,
): PureFunction {
  const { weights, inputs } = logitsFunction(configuration, shape);
  return {
    weights,
    inputs,
    evaluate: (weights, inputs) => {
      const outputs: Record<string, tf.Tensor> = {};
      const observeNorm = (name: string, x: tf.Tensor) => {
        const squares = meanSquares(x, configuration.fusion_parts);
        outputs[`mean_square/${name}`] = tf.reshape(squares, [
          shape.examples,
          -1,
          squares.shape[1]!,
        ]);
      };
      t5Logits({ configuration, shape, weights, observeNorm }, inputs);
      return outputs;
    },
  };
}

/** Shapes: x [tokens, d_model] -> [tokens, parts]. */
function meanSquares(x: tf.Tensor, parts: readonly number[]): tf.Tensor {
  const values = parts.length === 1 ? [x] : tf.split(x, [...parts], 1);
  return tf.concat(
    values.map((value) => tf.mean(tf.square(value), 1, true)),
    1,
  );
}
