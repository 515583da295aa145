import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fillNormal, permutation, uniform } from "../../server/random/draw";
import { streamKey, threefry } from "../../server/random/threefry";

function block(low: number, high: number, counter: number): string[] {
  const out = new Uint32Array(2);
  threefry({ low, high }, counter, out);
  return Array.from(out, (word) => word.toString(16));
}

describe("threefry()", () => {
  it("gives the published answer for key 0, counter 0", () => {
    expect(block(0, 0, 0)).toEqual(["6b200159", "99ba4efe"]);
  });
  it("gives different words for a counter beyond 32 bits", () => {
    expect(block(1, 2, 5)).not.toEqual(block(1, 2, 5 + 2 ** 32));
  });
});

describe("fillNormal()", () => {
  it("does not depend on how the stream is cut", () => {
    const key = streamKey(7, "fill");
    const whole = new Float32Array(101);
    fillNormal(whole, key, 2);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 101 }), (cut) => {
        const parts = [new Float32Array(cut), new Float32Array(101 - cut)] as const;
        fillNormal(parts[0], key, 2, 0);
        fillNormal(parts[1], key, 2, cut);
        expect([...parts[0], ...parts[1]]).toEqual([...whole]);
      }),
    );
  });
  it("has the mean, deviation and fourth moment of a normal", () => {
    const values = new Float32Array(200_000);
    fillNormal(values, streamKey(1, "moments"), 3);
    const moment = (power: number): number =>
      values.reduce((sum, value) => sum + (value / 3) ** power, 0) / values.length;
    expect(moment(1)).toBeCloseTo(0, 1);
    expect(moment(2)).toBeCloseTo(1, 1);
    expect(Math.abs(moment(4) - 3)).toBeLessThan(0.1);
  });
  it("refuses a start that is not a place in the stream", () => {
    expect(() => {
      fillNormal(new Float32Array(1), streamKey(1, "x"), 1, -1);
    }).toThrow(RangeError);
  });
});

describe("permutation()", () => {
  it("is a permutation, and another one under another seed", () => {
    const order = permutation(streamKey(1, "shuffle"), 1000);
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
    expect(permutation(streamKey(2, "shuffle"), 1000)).not.toEqual(order);
  });
});

describe("uniform()", () => {
  it("stays in [0, 1) and has mean one half", () => {
    const key = streamKey(3, "uniform");
    const draws = Array.from({ length: 20_000 }, (_, index) => uniform(key, index));
    expect(Math.min(...draws)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...draws)).toBeLessThan(1);
    expect(draws.reduce((a, b) => a + b) / draws.length).toBeCloseTo(0.5, 2);
  });
});
