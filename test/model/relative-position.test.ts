import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Buckets, relativeBuckets } from "../../server/model/relative-position";

/** The bucket of a key `distance` back from its query. */
function back(distance: number, options: Omit<Buckets, "queries" | "keys">): number {
  const queries = distance + 1;
  return relativeBuckets({ ...options, queries, keys: 1 })[distance]!;
}

/** [first distance, bucket] wherever the bucket changes. */
function edges(options: Omit<Buckets, "queries" | "keys">): number[][] {
  const all = Array.from({ length: 300 }, (_, distance) => back(distance, options));
  return all.flatMap((bucket, distance) =>
    bucket === all[distance - 1] ? [] : [[distance, bucket]],
  );
}

describe("relativeBuckets()", () => {
  test("of T5's encoder are transformers' to the distance", () => {
    expect(edges({ buckets: 32, maxDistance: 128, direction: "both" })).toEqual([
      [0, 0],
      [1, 1],
      [2, 2],
      [3, 3],
      [4, 4],
      [5, 5],
      [6, 6],
      [7, 7],
      [8, 8],
      [12, 9],
      [16, 10],
      [23, 11],
      [32, 12],
      [46, 13],
      [64, 14],
      [91, 15],
    ]);
  });

  test("of T5's decoder are transformers' to the distance", () => {
    expect(edges({ buckets: 32, maxDistance: 128, direction: "back" })).toEqual([
      [0, 0],
      [1, 1],
      [2, 2],
      [3, 3],
      [4, 4],
      [5, 5],
      [6, 6],
      [7, 7],
      [8, 8],
      [9, 9],
      [10, 10],
      [11, 11],
      [12, 12],
      [13, 13],
      [14, 14],
      [15, 15],
      [16, 16],
      [19, 17],
      [21, 18],
      [24, 19],
      [27, 20],
      [31, 21],
      [35, 22],
      [40, 23],
      [46, 24],
      [52, 25],
      [59, 26],
      [67, 27],
      [77, 28],
      [87, 29],
      [99, 30],
      [113, 31],
    ]);
  });

  test("of 16 buckets are transformers' to the distance", () => {
    expect(edges({ buckets: 16, maxDistance: 64, direction: "both" })).toEqual([
      [0, 0],
      [1, 1],
      [2, 2],
      [3, 3],
      [4, 4],
      [8, 5],
      [16, 6],
      [32, 7],
    ]);
  });

  test("put keys to the right into the upper half, and see none of them looking back", () => {
    const options = { queries: 1, keys: 300, buckets: 32, maxDistance: 128 };
    const right = relativeBuckets({ ...options, direction: "both" });
    expect([...right.slice(0, 9)]).toEqual([0, 17, 18, 19, 20, 21, 22, 23, 24]);
    expect(right[299]).toBe(31);
    expect(new Set(relativeBuckets({ ...options, direction: "back" }))).toEqual(new Set([0]));
  });

  test("never shrink with the distance, and all distances from the maximum on share the last", () => {
    const cases = fc.record({
      buckets: fc.integer({ min: 2, max: 32 }).map((half) => 2 * half),
      maxDistance: fc.integer({ min: 40, max: 200 }),
      direction: fc.constantFrom("both", "back"),
    });
    fc.assert(
      fc.property(cases, (options) => {
        const found = edges(options).map(([, bucket]) => bucket!);
        expect(found).toEqual(found.toSorted((a, b) => a - b));
        const last = options.direction === "both" ? options.buckets / 2 - 1 : options.buckets - 1;
        expect(back(options.maxDistance, options)).toBe(last);
      }),
      { numRuns: 20 },
    );
  });
});
