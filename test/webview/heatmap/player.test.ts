import { fc } from "../../support/properties";
import { describe, expect, it } from "vitest";
import { playStride } from "../../../webview/heatmap/player";

describe("playStride()", () => {
  it("skips none where all play in half a minute", () => {
    expect([1, 2, 121].map((count) => playStride(count, 250))).toEqual([1, 1, 1]);
  });

  it("plays any number of recorded steps in half a minute, with as many frames as fit", () => {
    const ranges = fc.tuple(fc.integer({ min: 122, max: 1_000_000 }), fc.constantFrom(250, 1000));
    fc.assert(
      fc.property(ranges, ([count, periodMs]) => {
        const stride = playStride(count, periodMs);
        const duration = (each: number): number => Math.ceil((count - 1) / each) * periodMs;
        expect(duration(stride)).toBeLessThanOrEqual(30_000);
        expect(duration(stride - 1)).toBeGreaterThan(30_000);
      }),
    );
  });
});
