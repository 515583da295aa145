/** Reads parts of stored tensors, as float32, into memory that is used again. For threads that may wait. */
import { readSync } from "node:fs";
import { findDtype } from "./dtypes";
import type { TensorPlace } from "./tensor-source";

/** Consecutive values of a tensor. */
export interface ValueRange {
  readonly first: number;
  readonly count: number;
}

/** Memory that grows to what was asked for most, and holds the newest answer alone. */
export class Scratch {
  private memory = new ArrayBuffer(0);

  bytes(count: number): Uint8Array<ArrayBuffer> {
    if (this.memory.byteLength < count) this.memory = new ArrayBuffer(count);
    return new Uint8Array(this.memory, 0, count);
  }

  floats(count: number): Float32Array<ArrayBuffer> {
    return asFloats(this.bytes(4 * count));
  }
}

/**
 * The values as they are stored.
 * @throws {SyntaxError} the file has become shorter
 */
export function readStored(
  place: TensorPlace,
  { first, count }: ValueRange,
  scratch: Scratch,
): Uint8Array<ArrayBuffer> {
  const width = findDtype(place.dtype)!.bytes;
  const bytes = scratch.bytes(count * width);
  const start = place.position + first * width;
  for (let done = 0; done < bytes.length;) {
    const read = readSync(place.descriptor, bytes, done, bytes.length - done, start + done);
    if (read === 0) {
      throw new SyntaxError(
        `Cannot read ${place.path}: it ends at byte ${start + done}; was it replaced meanwhile?`,
      );
    }
    done += read;
  }
  return bytes;
}

/** As readStored(); float32 in scratch memory, other formats in new memory. */
export function readFloats(
  place: TensorPlace,
  range: ValueRange,
  scratch: Scratch,
): Float32Array<ArrayBuffer> {
  return findDtype(place.dtype)!.toFloat32!(readStored(place, range, scratch));
}

export function asFloats(bytes: Uint8Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
}

/** The values of a tensor in pieces of `most` values at most. */
export function* pieces(count: number, most: number): Generator<ValueRange> {
  for (let first = 0; first < count; first += most) {
    yield { first, count: Math.min(most, count - first) };
  }
}
