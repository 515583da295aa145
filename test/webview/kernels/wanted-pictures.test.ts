import { fc } from "../../support/properties";
import { describe, expect, it } from "vitest";
import { wantedPictures } from "../../../webview/kernels/wanted-pictures";

describe("wantedPictures()", () => {
  it("wants all where they are few, the one shown first", () => {
    expect(wantedPictures(0, -1)).toEqual([]);
    expect(wantedPictures(4, 2)).toEqual([2, 3, 1, 0]);
    expect([...wantedPictures(200, 199)].sort((a, b) => a - b)).toEqual(
      Array.from({ length: 200 }, (_, i) => i),
    );
  });

  it("wants each once, the one shown and those after it first, and never many", () => {
    const places = fc
      .integer({ min: 1, max: 100_000 })
      .chain((count) => fc.tuple(fc.constant(count), fc.nat(count - 1)));
    fc.assert(
      fc.property(places, ([count, shown]) => {
        const wanted = wantedPictures(count, shown);
        expect(new Set(wanted).size).toBe(wanted.length);
        expect(wanted.length).toBeLessThanOrEqual(320);
        expect(wanted.every((index) => index >= 0 && index < count)).toBe(true);
        const next = Array.from({ length: Math.min(10, count - shown) }, (_, i) => shown + i);
        expect(wanted.slice(0, next.length)).toEqual(next);
      }),
    );
  });

  it("wants what is played next where some are skipped", () => {
    const wanted = wantedPictures(5000, 100, 42);
    expect(wanted.slice(0, 4)).toEqual([100, 142, 184, 226]);
    expect(wanted.length).toBeLessThanOrEqual(320);
    expect(wantedPictures(50, 40, 42)[0]).toBe(40);
  });
});
