import { expect, it } from "vitest";
import { comparedWith } from "../../server/calibration/compared-with";

const onCpu = { stepMs: 100, steps: 3, loss: 5, gradientNorm: 0.25 };
const now = new Date(7);

it("comparedWith() lets a device round differently", () => {
  const result = { stepMs: 10, steps: 3, loss: 5.01, gradientNorm: 0.249 };
  expect(comparedWith(onCpu, result, now)).toBe(result);
  expect(comparedWith(undefined, result, now)).toBe(result);
});

it("comparedWith() refuses one that computes something else, and says what", () => {
  const result = { stepMs: 10, steps: 3, loss: 6.123456, gradientNorm: 0.25 };
  expect(comparedWith(onCpu, result, now)).toEqual({
    failed: "it computes a loss of 6.123, and the CPU one of 5",
    at: 7,
  });
  expect(comparedWith(onCpu, { ...result, loss: 5, gradientNorm: 0 }, now)).toEqual({
    failed: "it computes a gradient norm of 0, and the CPU one of 0.25",
    at: 7,
  });
});

it("comparedWith() leaves alone what has no figures", () => {
  for (const result of [{ longerThanMs: 2000 }, { failed: "no card", at: 1 }])
    expect(comparedWith(onCpu, result, now)).toBe(result);
});
