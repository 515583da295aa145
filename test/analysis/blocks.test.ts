import { fc } from "../support/properties";
import { describe, expect, test } from "vitest";
import { type Kernel, diagonalBlocks, kernelStatistics } from "../../server/analysis/blocks";
import { symmetryIndex } from "../../server/analysis/symmetry";

/** Parts of 1 x 2 and 2 x 1; the diagonal holds 1, 2 | 3, 4, the rest 5 .. 9. */
const kernel: Kernel = {
  values: Float32Array.of(1, 2, 5, 6, 7, 3, 8, 9, 4),
  shape: [3, 3],
  borders: { rows: [0, 1], columns: [0, 2] },
};

describe("kernelStatistics()", () => {
  test("splits the norm into diagonal and off-diagonal blocks", () => {
    const { mean, maxAbs, diagonalNorm, offDiagonalNorm } = kernelStatistics(kernel);
    expect(mean).toBe(5);
    expect(maxAbs).toBe(9);
    expect(diagonalNorm).toBeCloseTo(Math.sqrt(1 + 4 + 9 + 16), 12);
    expect(offDiagonalNorm).toBeCloseTo(Math.sqrt(25 + 36 + 49 + 64 + 81), 12);
  });

  test("finds exactly nothing beside the diagonal of a fusion without fill", () => {
    const values = Float32Array.of(0.1, 0.2, 0, 0, 0, 0.3, 0, 0, 0.7);
    expect(kernelStatistics({ ...kernel, values }).offDiagonalNorm).toBe(0);
  });

  test("has no blocks along an axis that all parts share", () => {
    const table = { ...kernel, borders: { rows: [], columns: [0, 2] } };
    expect(kernelStatistics(table)).not.toHaveProperty("diagonalNorm");
    expect(diagonalBlocks(table)).toEqual([
      { rows: [0, 3], columns: [0, 2] },
      { rows: [0, 3], columns: [2, 3] },
    ]);
  });

  test("the two norms add up to the whole's", () => {
    fc.assert(
      fc.property(
        fc.float32Array({ minLength: 16, maxLength: 16, min: -9, max: 9, noNaN: true }),
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 3 }),
        (values, row, column) => {
          const borders = { rows: [0, row], columns: [0, column] };
          const all = kernelStatistics({ values, shape: [4, 4], borders });
          const squares = values.reduce((sum, value) => sum + value * value, 0);
          expect(Math.hypot(all.diagonalNorm!, all.offDiagonalNorm!)).toBeCloseTo(
            Math.sqrt(squares),
            5,
          );
        },
      ),
    );
  });
});

describe("symmetryIndex()", () => {
  const halves = { rows: [0, 1], columns: [0, 1] };

  test("is 0 for equal diagonal blocks, whatever lies beside them", () => {
    const values = Float32Array.of(2, 7, -5, 2);
    expect(symmetryIndex({ values, shape: [2, 2], borders: halves })).toBe(0);
  });

  test("is the distance of the blocks over the kernel's norm", () => {
    const values = Float32Array.of(3, 0, 0, -4);
    expect(symmetryIndex({ values, shape: [2, 2], borders: halves })).toBeCloseTo(7 / 5, 12);
  });

  test("takes the most unlike pair of three parts", () => {
    const borders = { rows: [], columns: [0, 1, 2] };
    const values = Float32Array.of(1, 2, 4);
    expect(symmetryIndex({ values, shape: [3], borders })).toBeCloseTo(3 / Math.sqrt(21), 6);
  });

  test("does not exist for unequal parts, nor for one", () => {
    expect(symmetryIndex(kernel)).toBeUndefined();
    expect(symmetryIndex({ ...kernel, borders: { rows: [], columns: [] } })).toBeUndefined();
  });

  test("of a kernel of zeros is 0", () => {
    expect(symmetryIndex({ values: new Float32Array(4), shape: [2, 2], borders: halves })).toBe(0);
  });
});
