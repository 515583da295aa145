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
      return Float64Array.from(
        { length: column.count },
        (_, i) => column.first + i * column.increment,
      );
    case "float32":
      return new Float32Array(bytesOf(column.base64));
    case "float64":
      return new Float64Array(bytesOf(column.base64));
  }
}

export function unpackHeatMap(packed: PackedHeatMap): Frame {
  const { base64, maxAbs, ...rest } = packed;
  const units = new Int16Array(bytesOf(base64));
  return { ...rest, values: Float32Array.from(units, (unit) => (unit * maxAbs) / 32767) };
}

function bytesOf(base64: string): ArrayBuffer {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes.buffer;
}
