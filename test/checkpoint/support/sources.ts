import { parameterShapes } from "../../../server/checkpoint/parameters";
import type { T5Configuration } from "../../../server/checkpoint/configuration";
import { sizeOf, type TensorSource } from "../../../server/checkpoint/tensor-source";

/** A source over arrays in memory. */
export function memorySource(
  tensors: Readonly<Record<string, { shape: readonly number[]; values: readonly number[] }>>,
): TensorSource {
  return {
    shapes: new Map(Object.entries(tensors).map(([name, { shape }]) => [name, shape])),
    read: (name) => Promise.resolve(Float32Array.from(tensors[name]?.values ?? [])),
  };
}

/** Every tensor of a configuration, with values that tell tensors and positions apart. */
export function sequenceSource(configuration: T5Configuration, offset = 0): TensorSource {
  const shapes = parameterShapes(configuration);
  const first = new Map<string, number>();
  let next = offset;
  for (const [name, shape] of shapes) {
    first.set(name, next);
    next += sizeOf(shape);
  }
  return {
    shapes,
    read: (name) => {
      const start = first.get(name) ?? 0;
      return Promise.resolve(
        Float32Array.from({ length: sizeOf(shapes.get(name) ?? []) }, (_, index) =>
          Math.sin(start + index),
        ),
      );
    },
  };
}
