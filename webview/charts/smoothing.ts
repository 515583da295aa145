/**
 * Exponential moving average, corrected for its start, so that the first values are not drawn to zero:
 * s_i = (1 - b) sum_j b^(i-j) y_j / (1 - b^(i+1)).
 * Values that are not finite are passed over: they stay as they are and leave the average alone.
 *
 * @param window number of points the average looks back over (b = 1 - 1/window); 1 or less gives the values
 */
export function smooth(values: ArrayLike<number>, window: number): Float64Array {
  const smoothed = new Float64Array(values);
  if (window <= 1) return smoothed;

  const keep = 1 - 1 / window;
  let sum = 0;
  let weight = 0;
  for (let i = 0; i < smoothed.length; i++) {
    const value = smoothed[i]!;
    if (!Number.isFinite(value)) continue;
    sum = keep * sum + (1 - keep) * value;
    weight = keep * weight + (1 - keep);
    smoothed[i] = sum / weight;
  }
  return smoothed;
}
