/**
 * Fewer points that look the same: "largest triangle three buckets".
 *
 * The points between the first and the last are split into buckets of equal count; from each bucket stays the
 * point that spans the largest triangle with the point kept before it and the mean of the bucket after it.
 * Spikes survive, and every point kept is a real one. One pass: O(number of points).
 *
 * Source: Steinarsson, "Downsampling time series for visual representation", 2013, section 4.2.
 */

export interface Range {
  /** First index, and the one after the last. */
  readonly from: number;
  readonly to: number;
}

/**
 * Indices of the points to draw, ascending, at most `limit` (at least 3) of them, out of `range`.
 * Shapes: x [n], y [n] → [≤ limit]. Points whose y is not finite are never chosen from between others.
 */
export function downsample(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  limit: number,
  range: Range = { from: 0, to: x.length },
): Uint32Array {
  const { from, to } = range;
  const count = to - from;
  if (count <= limit) return Uint32Array.from({ length: Math.max(count, 0) }, (_, i) => from + i);

  const kept = new Uint32Array(limit);
  kept[0] = from;
  kept[limit - 1] = to - 1;
  const width = (count - 2) / (limit - 2);
  const border = (bucket: number): number => from + 1 + Math.floor(bucket * width);
  for (let bucket = 0; bucket < limit - 2; bucket++) {
    const next = mean(x, y, {
      from: border(bucket + 1),
      to: bucket === limit - 3 ? to : border(bucket + 2),
    });
    const here = { from: border(bucket), to: border(bucket + 1) };
    kept[bucket + 1] = farthest({ x, y }, here, { before: kept[bucket]!, next });
  }
  return kept;
}

interface Point {
  readonly x: number;
  readonly y: number;
}

function mean(x: ArrayLike<number>, y: ArrayLike<number>, { from, to }: Range): Point {
  let sumX = 0;
  let sumY = 0;
  let finite = 0;
  for (let i = from; i < to; i++) {
    if (!Number.isFinite(y[i]!)) continue;
    sumX += x[i]!;
    sumY += y[i]!;
    finite++;
  }
  return finite === 0 ? { x: x[from]!, y: 0 } : { x: sumX / finite, y: sumY / finite };
}

/** The index in `here` with the largest triangle (twice its area; only the order counts). */
function farthest(
  { x, y }: { readonly x: ArrayLike<number>; readonly y: ArrayLike<number> },
  here: Range,
  { before, next }: { readonly before: number; readonly next: Point },
): number {
  const startX = x[before]!;
  const startY = Number.isFinite(y[before]!) ? y[before]! : 0;
  const runX = next.x - startX;
  const runY = next.y - startY;
  let best = here.from;
  let bestArea = -1;
  for (let i = here.from; i < here.to; i++) {
    const area = Math.abs(runX * (y[i]! - startY) - runY * (x[i]! - startX));
    if (area > bestArea) {
      best = i;
      bestArea = area;
    }
  }
  return best;
}
