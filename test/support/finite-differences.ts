/** Checks a gradient against central differences of the function itself. */
import { grads, mul, tensor, tidy } from "@tensorflow/tfjs-core";
import type { Tensor } from "@tensorflow/tfjs-core";
import { expect } from "vitest";

type Differentiable = (...tensors: (Tensor | undefined)[]) => Tensor;

/** Weighs the outputs unequally, so that a mistake in one cannot be another's opposite. */
export function expectGradients(compute: Differentiable, arguments_: readonly Tensor[]): void {
  const total = (...tensors: Tensor[]): Tensor => {
    const value = compute(...tensors);
    const weights = Float32Array.from({ length: value.size }, (_, index) => 1 + (index % 3));
    return mul(value, tensor(weights, value.shape));
  };
  const analytic = grads(total)([...arguments_]);
  arguments_.forEach((argument, position) => {
    const numeric = Float32Array.from({ length: argument.size }, (_, index) => {
      const at = (offset: number): number =>
        tidy(() => {
          const values = argument.dataSync().slice();
          values[index]! += offset;
          const moved = arguments_.map((other, place) =>
            place === position ? tensor(values, argument.shape) : other,
          );
          return total(...moved)
            .dataSync<"float32">()
            .reduce((sum, value) => sum + value, 0);
        });
      return (at(1e-2) - at(-1e-2)) / 2e-2;
    });
    const actual = analytic[position]!.dataSync();
    numeric.forEach((value, index) => {
      expect(actual[index]).toBeCloseTo(value, 2);
    });
  });
}
