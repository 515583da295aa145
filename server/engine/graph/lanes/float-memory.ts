/**
 * Float32 memory that every thread of the process can see. onnxruntime-node takes no SharedArrayBuffer, and another
 * buffer belongs to one thread; what is taken outside of JavaScript's heap belongs to none, and each thread that
 * knows the address makes a view of its own.
 */
import { createRequire } from "node:module";
import type koffi from "koffi";

export interface FloatMemory {
  /** Zero at first. */
  readonly values: Float32Array;
  readonly address: bigint;
  /** No view of it may be used any more, in no thread. */
  free(): void;
}

/** Whether there is such memory here: the library that takes it has no binary for every machine. */
export function hasFloatMemory(): boolean {
  try {
    library();
    return true;
  } catch {
    return false;
  }
}

/** @throws {RangeError} the machine has no memory left */
export function allocateFloats(count: number): FloatMemory {
  const { alloc, address, free } = library();
  const pointer: unknown = alloc("float", Math.max(1, count));
  const place = address(pointer);
  const values = floatsAt(place, count);
  values.fill(0);
  return {
    values,
    address: place,
    free: () => {
      free(pointer);
    },
  };
}

/** A view of what another thread has allocated. */
export function floatsAt(address: bigint, count: number): Float32Array {
  const bytes = Math.max(1, count) * Float32Array.BYTES_PER_ELEMENT;
  return new Float32Array(library().view(address, bytes), 0, count);
}

function library(): typeof koffi {
  return createRequire(import.meta.url)("koffi") as typeof koffi;
}
