import { grads, reshape, tensor, tensor1d, tensor2d, tidy } from "@tensorflow/tfjs-core";
import type { Tensor } from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import {
  geluErf,
  geluTanh,
  ignoredLabel,
  rmsNorm,
  silu,
  softmaxMix,
  tokenCrossEntropy,
} from "../../server/engine/operations";
import { expectGradients } from "../support/finite-differences";
import "../support/reference-engine";

test("rmsNorm() divides by the root of the mean square: [3, 4] has 12.5", () => {
  const y = rmsNorm(tensor2d([[3, 4]]), tensor1d([1, 10]), 0).dataSync();
  expect(y[0]).toBeCloseTo(3 / Math.sqrt(12.5), 6);
  expect(y[1]).toBeCloseTo(40 / Math.sqrt(12.5), 5);
});

test("rmsNorm() refuses a weight of another width", () => {
  expect(() => rmsNorm(tensor2d([[3, 4]]), tensor1d([1]), 0)).toThrow(
    "Cannot normalise: x has shape [1, 2], weight [1]",
  );
});

test("the activations have their published values at 1", () => {
  // torch.nn.functional: gelu(1), gelu(1, approximate="tanh"), silu(1).
  const cases: [(x: Tensor) => Tensor, number][] = [
    [geluErf, 0.8413447],
    [geluTanh, 0.841192],
    [silu, 0.7310586],
  ];
  for (const [activation, expected] of cases) {
    expect(activation(tensor1d([1])).dataSync()[0]).toBeCloseTo(expected, 6);
  }
});

test("softmaxMix() of equal scores is the mean of the values", () => {
  const mixed = softmaxMix(
    tensor2d([[7, 7]]),
    tensor2d([
      [1, 10],
      [3, 20],
    ]),
  ).dataSync();
  expect([...mixed]).toEqual([2, 15]);
});

test("every operation's gradient agrees with finite differences", () => {
  const x = tensor([0.3, -1.2, 2, 0.7, -0.1, 1.4], [3, 2]);
  expectGradients((a, b) => rmsNorm(a!, b!, 0.1), [x, tensor1d([0.5, 2])]);
  for (const activation of [geluErf, geluTanh, silu]) expectGradients((a) => activation(a!), [x]);
  const values = tensor([1, 0.5, -2, 0.3], [2, 2]);
  expectGradients((a, b) => softmaxMix(a!, b!), [x, values]);
  const labels = tensor1d([1, ignoredLabel, 0], "int32");
  expectGradients((a) => tokenCrossEntropy(reshape(a!, [3, 2]), labels).nll, [x]);
});

test("tokenCrossEntropy() of equal logits is log V, and the first of equal logits counts", () => {
  const { nll, correct } = tokenCrossEntropy(
    tensor2d([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9], [3, 4]),
    tensor1d([0, 3, ignoredLabel], "int32"),
  );
  expect([...nll.dataSync()].map((value) => value.toFixed(5))).toEqual([
    Math.log(4).toFixed(5),
    Math.log(4).toFixed(5),
    "0.00000",
  ]);
  expect([...correct.dataSync()]).toEqual([1, 0, 0]);
});

test("an ignored label gets no gradient", () => {
  const gradient = tidy(() => {
    const labels = tensor1d([ignoredLabel], "int32");
    return grads((x: Tensor) => tokenCrossEntropy(x as never, labels).nll)([
      tensor2d([[1, 2, 3]]),
    ])[0]!;
  });
  expect([...gradient.dataSync()]).toEqual([0, 0, 0]);
});
