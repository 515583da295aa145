/**
 * Buckets of relative positions (Raffel et al. 2020, section 2.1): near distances have a bucket each, farther ones
 * share logarithmically wider ones, and everything from the maximum distance on shares the last.
 *
 * With n buckets for one direction and e = floor(n / 2) exact ones, distance r >= e falls into bucket
 * e + floor(log(r / e) / log(max / e) (n - e)), at most n - 1. The encoder looks both ways and gives each direction
 * half of the buckets; the decoder looks back only. Every step is rounded to float32, as the implementations
 * that trained the published checkpoints do, because a bucket's edge may lie exactly on a whole number.
 */
export interface Buckets {
  readonly queries: number;
  readonly keys: number;
  readonly buckets: number;
  readonly maxDistance: number;
  readonly direction: "both" | "back";
}

/** Bucket of key k seen from query q, at [q * keys + k]. */
export function relativeBuckets(options: Buckets): Int32Array {
  const { queries, keys, direction } = options;
  const perDirection = direction === "both" ? Math.floor(options.buckets / 2) : options.buckets;
  const buckets = new Int32Array(queries * keys);
  for (let query = 0; query < queries; query++) {
    for (let key = 0; key < keys; key++) {
      const offset = key - query;
      const distance = direction === "both" ? Math.abs(offset) : Math.max(-offset, 0);
      const start = direction === "both" && offset > 0 ? perDirection : 0;
      buckets[query * keys + key] =
        start + distanceBucket(distance, perDirection, options.maxDistance);
    }
  }
  return buckets;
}

function distanceBucket(distance: number, buckets: number, maxDistance: number): number {
  const exact = Math.floor(buckets / 2);
  if (distance < exact) return distance;
  const { fround } = Math;
  const logarithm = fround(Math.log(fround(distance / exact)));
  const fraction = fround(logarithm / fround(Math.log(maxDistance / exact)));
  return Math.min(exact + Math.trunc(fround(fraction * (buckets - exact))), buckets - 1);
}
