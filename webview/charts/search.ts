/** Index of the value nearest to `target` in ascending `values`; -1 where there are none. */
export function nearestIndex(values: ArrayLike<number>, target: number): number {
  const after = firstAtLeast(values, target);
  if (after === 0) return values.length === 0 ? -1 : 0;
  if (after === values.length) return after - 1;
  return target - values[after - 1]! <= values[after]! - target ? after - 1 : after;
}

/** First index whose value is at least `target` in ascending `values`; their length where none is. */
export function firstAtLeast(values: ArrayLike<number>, target: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (values[middle]! < target) low = middle + 1;
    else high = middle;
  }
  return low;
}
