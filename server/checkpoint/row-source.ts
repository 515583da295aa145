/** Tensors that are read some rows at a time, so that memory does not grow with the model. */
import { findDtype } from "./dtypes";
import { readInto } from "./read-range";
import type { Scratch } from "./read-values";
import type { StoredSource, TensorSource } from "./tensor-source";

/** Rows of a tensor as a matrix, the last one excluded; a vector is one row. */
export interface Rows {
  readonly from: number;
  readonly to: number;
}

export interface RowSource {
  readonly shapes: TensorSource["shapes"];
  /** Row-major float32, which the caller may change; float32 files are read into the scratch memory. */
  rows(name: string, rows: Rows, scratch: Scratch): Promise<Float32Array>;
}

/** Of tensors in files only the rows are read; of others the whole tensor. */
export function rowSource(source: TensorSource | StoredSource): RowSource {
  return {
    shapes: source.shapes,
    rows: async (name, { from, to }, scratch) => {
      const columns = source.shapes.get(name)?.at(-1) ?? 1;
      if (!("place" in source)) {
        return (await source.read(name)).subarray(from * columns, to * columns);
      }
      const place = source.place(name);
      const width = columns * findDtype(place.dtype)!.bytes;
      const bytes = scratch.bytes((to - from) * width);
      await readInto(bytes, { ...place, position: place.position + from * width });
      return findDtype(place.dtype)!.toFloat32!(bytes);
    },
  };
}
