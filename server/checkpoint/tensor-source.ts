/** Named float32 tensors that are read one at a time: a file, an engine's store, or something computed. */
export interface TensorSource {
  /** In file order. */
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  /** Row-major; the caller may keep and change the array. @throws {RangeError} no such tensor */
  read(name: string): Promise<Float32Array>;
}

/** How many values a tensor of this shape has; 1 for a scalar. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, dimension) => product * dimension, 1);
}
