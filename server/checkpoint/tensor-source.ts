/** Named float32 tensors that are read one at a time: a file, an engine's store, or something computed. */
export interface TensorSource {
  /** In file order. */
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  /** Row-major; the caller may keep and change the array. @throws {RangeError} no such tensor */
  read(name: string): Promise<Float32Array>;
}

/** Where a tensor's bytes lie in an open file. */
export interface TensorPlace {
  readonly path: string;
  /** Of the whole process, so that every thread can read it as long as the source is open. */
  readonly descriptor: number;
  readonly position: number;
  readonly sizeBytes: number;
  readonly dtype: string;
}

/** Tensors that lie in files, so that parts of one can be read. */
export interface StoredSource extends TensorSource {
  /** As its header says. @throws {RangeError} no such tensor */
  dtype(name: string): string;
  /** @throws {RangeError} no such tensor */
  place(name: string): TensorPlace;
}

/** How many values a tensor of this shape has; 1 for a scalar. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, dimension) => product * dimension, 1);
}
