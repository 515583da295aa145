/**
 * The values of a stored tensor, a piece at a time, so that memory does not grow with it. For looking at: formats that
 * are none for weights are read too.
 */
import { setImmediate } from "node:timers/promises";
import { findDtype } from "../../checkpoint/dtypes";
import { pieces, readFloats, readStored, Scratch } from "../../checkpoint/read-values";
import type { TensorPlace } from "../../checkpoint/tensor-source";

export type Numbers = ArrayLike<number> & Iterable<number>;

export interface Piece {
  /** Place of its first value in the tensor. */
  readonly first: number;
  /** Only until the next piece is asked for. */
  readonly values: Numbers;
}

const pieceValues = 2 ** 20;

/** Between two pieces the process hears what others want of it. */
export async function* tensorPieces(
  place: TensorPlace,
  count: number,
  signal: AbortSignal,
): AsyncGenerator<Piece> {
  const scratch = new Scratch();
  for (const range of pieces(count, pieceValues)) {
    await setImmediate();
    signal.throwIfAborted();
    const values =
      findDtype(place.dtype)?.toFloat32 === undefined
        ? numbersOf(place.dtype, readStored(place, range, scratch))
        : readFloats(place, range, scratch);
    yield { first: range.first, values };
  }
}

/** Values of 64 bits are rounded to nearest beyond 2^53. */
function numbersOf(dtype: string, bytes: Uint8Array<ArrayBuffer>): Numbers {
  const { buffer } = bytes;
  switch (dtype) {
    case "I64":
      return Float64Array.from(new BigInt64Array(buffer, 0, bytes.length / 8), Number);
    case "U64":
      return Float64Array.from(new BigUint64Array(buffer, 0, bytes.length / 8), Number);
    case "I32":
      return new Int32Array(buffer, 0, bytes.length / 4);
    case "U32":
      return new Uint32Array(buffer, 0, bytes.length / 4);
    case "I16":
      return new Int16Array(buffer, 0, bytes.length / 2);
    case "U16":
      return new Uint16Array(buffer, 0, bytes.length / 2);
    case "I8":
      return new Int8Array(buffer, 0, bytes.length);
    case "F8_E4M3":
      return Float32Array.from(bytes, eightBits(4, 7));
    case "F8_E5M2":
      return Float32Array.from(bytes, eightBits(5, 15));
    default:
      return bytes; // U8 and BOOL
  }
}

/**
 * Sign, exponent, fraction. E5M2 is the upper half of an IEEE binary16; E4M3 has no infinities, and a NaN only where all
 * bits of exponent and fraction are set. Source: Micikevicius et al., "FP8 formats for deep learning", 2022, table 1.
 */
function eightBits(exponentBits: 4 | 5, bias: number): (byte: number) => number {
  const fractionBits = 7 - exponentBits;
  const steps = 2 ** fractionBits;
  const last = 2 ** exponentBits - 1;
  return (byte) => {
    const sign = byte & 0x80 ? -1 : 1;
    const exponent = (byte & 0x7f) >> fractionBits;
    const fraction = byte & (steps - 1);
    if (exponentBits === 4 && (byte & 0x7f) === 0x7f) return NaN;
    if (exponentBits === 5 && exponent === last) return fraction === 0 ? sign * Infinity : NaN;
    const size = exponent === 0 ? fraction / steps : 1 + fraction / steps;
    return sign * size * 2 ** (Math.max(exponent, 1) - bias);
  };
}
