import { fc } from "../support/properties";
import { describe, expect, it } from "vitest";
import { fillNormal, permutation, uniform } from "../../server/random/draw";
import { streamKey, threefry } from "../../server/random/threefry";
import { normalNumber } from "../support/normals";

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

/** P(Z <= z), to 1e-7 (Abramowitz and Stegun 26.2.17). */
function normalBelow(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const powers = [0.31938153, -0.356563782, 1.781477937, -1.821255978, 1.330274429];
  const tail =
    (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) *
    powers.reduce((sum, factor, i) => sum + factor * t ** (i + 1), 0);
  return z < 0 ? tail : 1 - tail;
}

describe("fillNormal()", () => {
  it("does not depend on how the stream is cut", () => {
    const key = streamKey(7, "fill");
    const length = 20_001;
    const whole = new Float32Array(length);
    fillNormal(whole, key, 2);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: length }), (cut) => {
        const parts = [new Float32Array(cut), new Float32Array(length - cut)] as const;
        fillNormal(parts[0], key, 2, 0);
        fillNormal(parts[1], key, 2, cut);
        expect(parts[0]).toEqual(whole.subarray(0, cut));
        expect(parts[1]).toEqual(whole.subarray(cut));
      }),
      { numRuns: 50 },
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
  it("agrees with the formula in float64, beyond 2^32 too", () => {
    const key = streamKey(2 ** 40 + 3, "formula");
    for (const start of [0, 5, 2 ** 33 - 6, 2 ** 40 + 1]) {
      const values = new Float32Array(3000);
      fillNormal(values, key, 1, start);
      values.forEach((value, j) => {
        expect(Math.abs(value - normalNumber(key, start + j))).toBeLessThan(3e-5);
      });
    }
  });
  it("follows the normal distribution (Kolmogorov-Smirnov), neighbours and distant values independent", () => {
    const values = new Float32Array(1 << 20);
    fillNormal(values, streamKey(5, "distribution"), 1);
    const sorted = values.toSorted();
    let distance = 0;
    sorted.forEach((value, i) => {
      distance = Math.max(distance, Math.abs(normalBelow(value) - (i + 0.5) / sorted.length));
    });
    expect(distance * Math.sqrt(sorted.length)).toBeLessThan(1.63); // 1 % level
    for (const gap of [1, 2, 3, 4, 7, 8, 1024, 8192]) {
      for (const of of [(value: number) => value, (value: number) => value ** 2 - 1]) {
        let sum = 0;
        for (let i = gap; i < values.length; i++) sum += of(values[i]!) * of(values[i - gap]!);
        expect(Math.abs(sum) / Math.sqrt(values.length)).toBeLessThan(10);
      }
    }
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
