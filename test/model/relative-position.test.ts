import { fc } from "../support/properties";
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

/** The distance at which each bucket begins; the buckets follow each other. */
function begins(options: Omit<Buckets, "queries" | "keys">): number[] {
  const found = edges(options);
  expect(found.map(([, bucket]) => bucket)).toEqual(found.map((_, index) => index));
  return found.map(([distance]) => distance!);
}

describe("relativeBuckets()", () => {
  test("of T5's encoder are transformers' to the distance", () => {
    expect(begins({ buckets: 32, maxDistance: 128, direction: "both" })).toEqual([
      0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 23, 32, 46, 64, 91,
    ]);
  });

  test("of T5's decoder are transformers' to the distance", () => {
    expect(begins({ buckets: 32, maxDistance: 128, direction: "back" })).toEqual([
      0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 19, 21, 24, 27, 31, 35, 40, 46, 52,
      59, 67, 77, 87, 99, 113,
    ]);
  });

  test("of 16 buckets are transformers' to the distance", () => {
    expect(begins({ buckets: 16, maxDistance: 64, direction: "both" })).toEqual([
      0, 1, 2, 3, 4, 8, 16, 32,
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
