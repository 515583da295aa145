import { fc } from "../../support/properties";
import { describe, expect, it } from "vitest";
import { smooth } from "../../../webview/charts/smoothing";

const losses = fc.array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: 1 });

describe("smooth()", () => {
  it("over one step gives the values back", () => {
    expect([...smooth([3, 1, 2], 1)]).toEqual([3, 1, 2]);
  });

  it("over two steps weighs the newest of two values 2/3 and the one before 1/3", () => {
    expect(smooth([3, 6], 2)[1]).toBeCloseTo(5, 12);
  });

  it("leaves a constant alone, from its first value on", () => {
    fc.assert(
      fc.property(fc.double({ min: -9, max: 9, noNaN: true }), (value) => {
        for (const result of smooth([value, value, value, value], 3))
          expect(result).toBeCloseTo(value, 9);
      }),
    );
  });

  it("stays within the values", () => {
    fc.assert(
      fc.property(losses, fc.integer({ min: 1, max: 50 }), (values, window) => {
        const smoothed = smooth(values, window);
        expect(Math.max(...smoothed)).toBeLessThanOrEqual(Math.max(...values) + 1e-9);
        expect(Math.min(...smoothed)).toBeGreaterThanOrEqual(Math.min(...values) - 1e-9);
      }),
    );
  });

  it("passes over a loss that is not a number", () => {
    expect([...smooth([2, NaN, 2], 4)]).toEqual([2, NaN, 2]);
  });
});
