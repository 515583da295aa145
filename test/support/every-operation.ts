/** A loss whose gradients go through every operation that a model may use. */
import * as tf from "@tensorflow/tfjs-core";
import type { LossFunction } from "../../server/engine/engine";
import {
  geluErf,
  geluTanh,
  rmsNorm,
  silu,
  softmaxMix,
  tokenCrossEntropy,
} from "../../server/engine/operations";

/** Every operation of ours, and those of tfjs whose gradients take more than a product. */
export function everyOperation(rows: number, columns: number): LossFunction {
  const labels = Int32Array.from({ length: rows }, (_, row) => (row === 1 ? -100 : row % columns));
  const mask = Uint8Array.from({ length: columns }, (_, column) => column % 2);
  return {
    weights: {
      x: { shape: [rows, columns], dtype: "float32" },
      scale: { shape: [columns], dtype: "float32" },
    },
    inputs: {},
    evaluate: ({ x, scale }) => {
      const normed = rmsNorm(x!, scale!, 1e-2);
      const ids = tf.tensor1d([0, rows - 1, 0], "int32");
      const parts = [
        normed,
        geluErf(x!),
        geluTanh(x!),
        silu(x!),
        tf.relu(x!),
        tf.softmax(x!),
        softmaxMix(tf.matMul(x!, x!, false, true), normed),
        tf.sum(x!, 0, true),
        tf.logSoftmax(normed),
        tf.gather(x!, ids),
        tf.gather(normed, ids),
        tf.matMul(x!, normed, false, true),
        tf.concat([x!, normed], 1),
        tf.slice(x!, [0, 0], [1, -1]),
        tf.pad(x!, [
          [1, 0],
          [0, 1],
        ]),
        tf.tile(scale!, [2]),
        tf.div(x!, tf.add(tf.abs(scale!), 1)),
        tf.where(tf.tensor1d(mask, "bool"), x!, normed),
        tokenCrossEntropy(normed as tf.Tensor2D, tf.tensor1d(labels, "int32")).nll,
        ...tf.unstack(x!),
      ];
      const total = parts.map((part, index) => tf.mul(tf.sum(tf.square(part)), 0.1 + index / 10));
      return { loss: tf.addN(total) as tf.Scalar, metrics: {} };
    },
  };
}
