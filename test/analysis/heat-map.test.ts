import { fc } from "../support/properties";
import { describe, expect, test } from "vitest";
import { heatMapOf } from "../../server/analysis/heat-map";
import { cellEdges } from "../../server/protocol/heatmap-cells";

describe("cellEdges()", () => {
  test("cuts equal parts into equal cells", () => {
    expect(cellEdges(8, [0, 4], 4)).toEqual([0, 2, 4, 6, 8]);
  });

  test("gives a small part one cell of its own", () => {
    expect(cellEdges(100, [0, 1], 4)).toEqual([0, 1, 25, 50, 75, 100]);
  });

  test("keeps every border, rises, and has at most a cell an index", () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: 64 }), (parts, most) => {
        const borders = parts.map((_, i) => parts.slice(0, i).reduce((sum, part) => sum + part, 0));
        const size = parts.reduce((sum, part) => sum + part, 0);
        const edges = cellEdges(size, borders, most);
        expect(edges).toEqual([...new Set(edges)].sort((a, b) => a - b));
        expect(edges).toEqual(expect.arrayContaining([...borders, size]));
        expect(edges.length - 1).toBeLessThanOrEqual(most + parts.length);
      }),
    );
  });
});

describe("heatMapOf()", () => {
  test("of a small kernel is the kernel", () => {
    const values = Float32Array.of(1, 2, 3, 4, 5, 6);
    const map = heatMapOf({ values, shape: [2, 3], borders: { rows: [], columns: [] } });
    expect(map).toMatchObject({ rows: 2, columns: 3, shape: [2, 3], values });
  });

  test("of a block-diagonal kernel has empty blocks beside full ones, unmixed", () => {
    const size = 300;
    const border = 99;
    const isDiagonal = (at: number) =>
      Math.floor(at / size) < border === at % size < border ? 1 : 0;
    const values = Float32Array.from({ length: size * size }, (_, at) => isDiagonal(at));
    const borders = { rows: [0, border], columns: [0, border] };
    const map = heatMapOf({ values, shape: [size, size], borders });
    expect(new Set(map.values)).toEqual(new Set([0, 1]));
    expect(map.values.length).toBe(map.rows * map.columns);
    expect(map.rows).toBe(64);
  });

  test("of a vector is refused", () => {
    const values = new Float32Array(4);
    expect(() => heatMapOf({ values, shape: [4], borders: { rows: [], columns: [] } })).toThrow(
      "Cannot draw a kernel of shape [4]",
    );
  });
});
