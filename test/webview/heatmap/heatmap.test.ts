import { describe, expect, it } from "vitest";
import { cssColor, divergingScale, scaleIndex } from "../../../webview/heatmap/colors";
import { borderFractions, cellAt, magnitudeOf, type Frame } from "../../../webview/heatmap/frame";

const frame: Frame = {
  step: 0,
  kernel: "q",
  rows: 2,
  columns: 2,
  shape: [6, 4],
  rowBorders: [0, 3],
  columnBorders: [0, 2],
  values: Float32Array.of(1, 2, 3, -4),
};

describe("divergingScale()", () => {
  for (const theme of ["light", "dark"] as const) {
    const scale = divergingScale(theme);

    it(`puts the page's tone in the middle of the ${theme} scale, blue below and orange above`, () => {
      const [red, green, blue] = parts(scale[255]!);
      expect(Math.max(red, green, blue) - Math.min(red, green, blue)).toBeLessThan(8);
      expect(parts(scale[100]!)[2]).toBeGreaterThan(parts(scale[100]!)[0]);
      expect(parts(scale[410]!)[0]).toBeGreaterThan(parts(scale[410]!)[2]);
    });

    it(`grows away from the ${theme} background on both sides, step by step`, () => {
      const lightness = [...scale].map((packed) => {
        const [red, green, blue] = parts(packed);
        return (theme === "dark" ? 1 : -1) * (0.2126 * red + 0.7152 * green + 0.0722 * blue);
      });
      for (let i = 0; i < 255; i++) {
        expect(lightness[254 - i]!).toBeGreaterThanOrEqual(lightness[255 - i]! - 1.5);
        expect(lightness[256 + i]!).toBeGreaterThanOrEqual(lightness[255 + i]! - 1.5);
      }
    });
  }

  it("is opaque, and readable by CSS", () => {
    expect(divergingScale("light").every((packed) => packed >>> 24 === 255)).toBe(true);
    expect(cssColor(0xff030201)).toBe("rgb(1 2 3)");
  });

  function parts(packed: number): readonly [number, number, number] {
    return [packed & 255, (packed >>> 8) & 255, (packed >>> 16) & 255];
  }
});

describe("scaleIndex()", () => {
  it("has zero in the middle and the limits at the ends, and holds what lies beyond", () => {
    const places = [-2, -1, 0, 0.5, 1, 9].map((value) => scaleIndex(value, 1));
    expect(places).toEqual([0, 0, 255, 383, 510, 510]);
  });

  it("shows nothing for a kernel of zeros", () => {
    expect(scaleIndex(0, 0)).toBe(255);
  });
});

describe("cellAt()", () => {
  it("tells which of the kernel's rows and columns a cell stands for", () => {
    expect(cellAt(frame, 0.75, 0.9)).toEqual({
      row: 1,
      column: 1,
      value: -4,
      kernelRows: [3, 5],
      kernelColumns: [2, 3],
    });
  });

  it("holds on at the edges", () => {
    expect(cellAt(frame, 1, 1).value).toBe(-4);
    expect(cellAt(frame, -0.1, 0).value).toBe(1);
  });
});

describe("borders and limits", () => {
  it("are fractions of the picture, without its own edges", () => {
    expect(borderFractions(frame)).toEqual({ rows: [0.5], columns: [0.5] });
  });

  it("stand where the cells of unequal parts meet, which is not where their indices would", () => {
    // 100 rows in parts of 1 and 99: the first part has one cell of 64.
    const uneven: Frame = { ...frame, shape: [100, 4], rowBorders: [0, 1], rows: 64 };
    expect(borderFractions(uneven).rows).toEqual([1 / 64]);
  });

  it("are common to all frames", () => {
    expect(magnitudeOf({ ...frame, values: Float32Array.of(3, -7, 2) })).toBe(7);
    expect(magnitudeOf({ ...frame, values: Float32Array.of(0, NaN) })).toBe(0);
  });
});
