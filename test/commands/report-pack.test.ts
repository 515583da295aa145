import { fc } from "../support/properties";
import { describe, expect, it } from "vitest";
import { thinHeatMaps } from "../../server/commands/report-heatmaps";
import { packColumn, packHeatMap } from "../../server/commands/report-pack";
import { unpackColumn, unpackHeatMap } from "../../webview/report/unpack";

describe("packColumn()", () => {
  it("packs evenly spaced numbers into three", () => {
    expect(packColumn(Float64Array.of(5, 8, 11))).toEqual({
      kind: "linear",
      first: 5,
      increment: 3,
      count: 3,
    });
  });

  it("gives whole numbers back exactly, however large", () => {
    const whole = fc.array(fc.maxSafeInteger());
    fc.assert(
      fc.property(whole, (values) => {
        expect([...unpackColumn(packColumn(Float64Array.from(values)))]).toEqual(
          values.map((value) => value + 0),
        );
      }),
    );
  });

  it("gives any other number back to seven figures", () => {
    const small = fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }));
    fc.assert(
      fc.property(small, (values) => {
        const again = unpackColumn(packColumn(Float64Array.from(values, (value) => value * 1.1)));
        values.forEach((value, i) => {
          const expected = Math.fround(value * 1.1);
          // A zero may lose its sign.
          if (Number.isFinite(expected)) expect(Math.fround(again[i]!) + 0).toBe(expected + 0);
        });
      }),
    );
  });

  it("keeps a loss that is not a number", () => {
    expect([...unpackColumn(packColumn(Float64Array.of(1, NaN, 2)))]).toEqual([1, NaN, 2]);
  });
});

describe("packHeatMap()", () => {
  it("is right to 1/65534 of the largest value, and exact at zero", () => {
    const map = {
      step: 1,
      kernel: "q",
      rows: 1,
      columns: 4,
      shape: [1, 4] as const,
      rowBorders: [],
      columnBorders: [],
      values: Float32Array.of(0, 0.5, -0.123, 2),
    };
    const { values } = unpackHeatMap(packHeatMap(map));
    expect(values[0]).toBe(0);
    map.values.forEach((value, i) => {
      expect(Math.abs(values[i]! - value)).toBeLessThanOrEqual(2 / 65534 + 1e-7);
    });
  });
});

describe("thinHeatMaps()", () => {
  const index = [0, 10, 20, 30, 40].flatMap((step) =>
    ["q", "k"].map((kernel) => ({ step, kernel, rows: 10, columns: 10 })),
  );

  it("keeps everything that fits", () => {
    expect(thinHeatMaps(index, 1e6)).toEqual(index);
  });

  it("keeps the same steps of every kernel, the first and the last among them", () => {
    const kept = thinHeatMaps(index, 1200);
    expect(kept.map(({ step }) => step)).toEqual([0, 0, 20, 20, 40, 40]);
    expect(thinHeatMaps(index, 0).map(({ step }) => step)).toEqual([0, 0, 40, 40]);
  });

  it("has nothing to thin where nothing was recorded", () => {
    expect(thinHeatMaps([], 0)).toEqual([]);
  });
});
