/** From the report's base64 columns and pictures to typed arrays. */
import type { Column, PackedHeatMap, PackedSeries } from "../../server/protocol/report";
import type { Series } from "../charts/series";
import type { Frame } from "../heatmap/frame";

export function unpackSeries(packed: PackedSeries): Series {
  return {
    step: unpackColumn(packed.step),
    loss: unpackColumn(packed.loss),
    accuracy: unpackColumn(packed.accuracy),
    learning_rate: unpackColumn(packed.learning_rate),
    gradient_norm: unpackColumn(packed.gradient_norm),
    tokens: unpackColumn(packed.tokens),
    flops: unpackColumn(packed.flops),
    seconds: unpackColumn(packed.seconds),
    memory_bytes: unpackColumn(packed.memory_bytes),
  };
}

export function unpackColumn(column: Column): Float32Array | Float64Array {
  switch (column.kind) {
    case "linear":
      return evenly(column);
    case "float32":
      return new Float32Array(bytesOf(column.base64));
    case "float64":
      return new Float64Array(bytesOf(column.base64));
  }
}

// Plain loops below: columns have a million values, and from() with a callback takes ten times as long.

function evenly({ first, increment, count }: Column & { readonly kind: "linear" }): Float64Array {
  const values = new Float64Array(count);
  for (let i = 0; i < count; i++) values[i] = first + i * increment;
  return values;
}

export function unpackHeatMap(packed: PackedHeatMap): Frame {
  const { base64, maxAbs, ...rest } = packed;
  const units = new Int16Array(bytesOf(base64));
  const values = new Float32Array(units.length);
  for (let i = 0; i < units.length; i++) values[i] = (units[i]! * maxAbs) / 32767;
  return { ...rest, values };
}

function bytesOf(base64: string): ArrayBuffer {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes.buffer;
}
