import { fc } from "../../support/properties";
import { describe, expect, it } from "vitest";
import { downsample } from "../../../webview/charts/downsample";

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

describe("downsample()", () => {
  it("keeps everything where there is little", () => {
    expect([...downsample([0, 1, 2], [5, 6, 7], 3)]).toEqual([0, 1, 2]);
    expect([...downsample([], [], 3)]).toEqual([]);
  });

  it("keeps the one spike among a thousand equal values", () => {
    const y = range(1000).map((i) => (i === 617 ? 1 : 0));
    expect([...downsample(range(1000), y, 20)]).toContain(617);
  });

  it("finds the corner of a bent line", () => {
    const y = [0, 0, 0, 0, 10, 20, 30];
    expect([...downsample(range(7), y, 3)]).toEqual([0, 3, 6]);
  });

  it("gives ascending indices of the range, its ends among them, and no more than asked for", () => {
    const values = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 4 });
    fc.assert(
      fc.property(values, fc.integer({ min: 3, max: 30 }), (y, limit) => {
        const kept = [...downsample(range(y.length), y, limit, { from: 1, to: y.length })];
        expect(kept[0]).toBe(1);
        expect(kept.at(-1)).toBe(y.length - 1);
        expect(kept.length).toBeLessThanOrEqual(limit);
        expect(kept.every((index, i) => i === 0 || index > kept[i - 1]!)).toBe(true);
      }),
    );
  });

  it("does not trip over values that are not numbers", () => {
    const y = range(100).map((i) => (i % 7 === 0 ? NaN : i));
    const kept = [...downsample(range(100), y, 10)];
    expect(kept).toHaveLength(10);
    expect(new Set(kept).size).toBe(10);
  });
});
