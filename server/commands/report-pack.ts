/** Columns and pictures of a report in as few bytes as keep them exact, or nearly (heat maps: 1/32767 of the largest). */
import type { HeatMap, StepRecord } from "../protocol/metrics";
import type { Column, PackedHeatMap, PackedSeries } from "../protocol/report";

/** Undefined where there is no step. */
export function packSeries(records: readonly StepRecord[]): PackedSeries | undefined {
  if (records.length === 0) return undefined;
  const column = (name: keyof StepRecord): Column =>
    packColumn(Float64Array.from(records, (record) => record[name]));
  return {
    step: column("step"),
    loss: column("loss"),
    accuracy: column("accuracy"),
    learning_rate: column("learning_rate"),
    gradient_norm: column("gradient_norm"),
    tokens: column("tokens"),
    flops: column("flops"),
    seconds: column("seconds"),
    memory_bytes: column("memory_bytes"),
  };
}

/** Evenly spaced numbers as a rule, whole ones beyond 2^24 in float64, others in float32 (seven figures). */
export function packColumn(values: Float64Array): Column {
  const first = values[0] ?? 0;
  const increment = (values[1] ?? first) - first;
  if (values.every((value, i) => value === first + i * increment))
    return { kind: "linear", first, increment, count: values.length };
  const needsDouble = values.some(
    (value) => Number.isInteger(value) && Math.fround(value) !== value,
  );
  return needsDouble
    ? { kind: "float64", base64: base64(values) }
    : { kind: "float32", base64: base64(Float32Array.from(values)) };
}

export function packHeatMap({ values, ...rest }: HeatMap): PackedHeatMap {
  let maxAbs = 0;
  for (const value of values) if (Math.abs(value) > maxAbs) maxAbs = Math.abs(value);
  const unit = maxAbs === 0 ? 1 : maxAbs / 32767;
  return {
    ...rest,
    maxAbs,
    base64: base64(Int16Array.from(values, (value) => Math.round(value / unit))),
  };
}

function base64(values: Float64Array | Float32Array | Int16Array): string {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString("base64");
}
