/**
 * The header of a safetensors file, checked against the file before a value is read.
 *
 * Layout: 8 bytes of header length (little-endian), the header's JSON, then the tensors' bytes, which the
 * header must cover exactly: in any order, without holes and without overlaps.
 */
import { findDtype } from "./dtypes";
import { scanHeader, type RawTensor } from "./header-scanner";
import { messageOf, printable } from "./json";
import { sizeOf } from "./tensor-source";

export interface TensorEntry {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  /** From the file's start. */
  readonly position: number;
  readonly sizeBytes: number;
}

export interface SafetensorsHeader {
  readonly metadata: ReadonlyMap<string, string>;
  /** By name, in the order of the bytes. */
  readonly tensors: ReadonlyMap<string, TensorEntry>;
}

export const lengthBytes = 8;
const maxHeaderBytes = 100_000_000;

/**
 * How many bytes the header has, from the file's first 8.
 * @throws {SyntaxError} the file is too short for its header, or the header too long to be one
 */
export function headerLength(first: Uint8Array, file: string, fileBytes: number): number {
  if (first.length < lengthBytes) {
    throw damaged(file, `it has ${fileBytes} bytes, and a safetensors file has at least 8`);
  }
  const length = new DataView(first.buffer, first.byteOffset, lengthBytes).getBigUint64(0, true);
  if (length > maxHeaderBytes) {
    throw damaged(
      file,
      `its header claims ${length} bytes, and at most ${maxHeaderBytes} are read`,
    );
  }
  if (Number(length) > fileBytes - lengthBytes) {
    throw damaged(file, `its header claims ${length} bytes, but the file ends after ${fileBytes}`);
  }
  return Number(length);
}

/**
 * @param bytes the header's JSON
 * @param file only for messages
 * @throws {SyntaxError} not a header, or one that does not describe a file of this size
 */
export function parseHeader(bytes: Uint8Array, file: string, fileBytes: number): SafetensorsHeader {
  const { metadata, tensors } = scan(bytes, file);
  const start = lengthBytes + bytes.length;
  const entries = tensors.map((tensor) => checkedEntry(tensor, file, start));
  entries.sort((a, b) => a.position - b.position || a.sizeBytes - b.sizeBytes);
  let end = start;
  let previous = "the header";
  for (const { name, position, sizeBytes } of entries) {
    if (position !== end) {
      const fault = position < end ? "overlaps" : `leaves ${position - end} bytes unused after`;
      throw damaged(file, `tensor "${printable(name)}" ${fault} ${previous}`);
    }
    end = position + sizeBytes;
    previous = `tensor "${printable(name)}"`;
  }
  if (end !== fileBytes) {
    throw damaged(
      file,
      `${previous} ends at byte ${end}, but the file ${end > fileBytes ? "ends" : "goes on"} at ${fileBytes}`,
    );
  }
  return { metadata, tensors: new Map(entries.map((entry) => [entry.name, entry])) };
}

function scan(bytes: Uint8Array, file: string) {
  try {
    return scanHeader(bytes);
  } catch (error) {
    throw damaged(file, messageOf(error), error);
  }
}

function checkedEntry({ name, dtype, shape, offsets }: RawTensor, file: string, start: number) {
  const known = findDtype(dtype);
  const what = `tensor "${printable(name)}"`;
  if (known === undefined) {
    throw damaged(file, `${what} has the unknown dtype "${printable(dtype)}"`);
  }
  const [begin, end] = offsets;
  if (begin === undefined || end === undefined || end < begin) {
    throw damaged(file, `${what} has the data_offsets [${offsets.join(", ")}]`);
  }
  // Inexact only beyond 2^53, where it cannot equal the difference of two offsets below.
  const expected = sizeOf(shape) * known.bytes;
  if (expected !== end - begin) {
    throw damaged(
      file,
      `${what} of ${dtype} [${shape.join(", ")}] needs ${expected} bytes, but has ${end - begin}`,
    );
  }
  return { name, dtype, shape, position: start + begin, sizeBytes: end - begin };
}

function damaged(file: string, reason: string, cause?: unknown): SyntaxError {
  return new SyntaxError(
    `Cannot read ${file}: ${reason}; the file is damaged or incomplete, so fetch or write it again`,
    cause === undefined ? {} : { cause },
  );
}
