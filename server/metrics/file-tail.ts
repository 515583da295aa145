/**
 * The last bytes before a place in an append-only file, as a checksum. They are measured times, or weights: a file that
 * has these bytes there has the same ones before them too.
 */
import type { FileHandle } from "node:fs/promises";
import { crc32 } from "node:zlib";

export const tailBytes = 256;

/** Undefined where the file ends before. */
export async function tailAt(handle: FileHandle, end: number): Promise<number | undefined> {
  const length = Math.min(tailBytes, end);
  const bytes = await bytesAt(handle, end - length, length);
  return bytes.length < length ? undefined : crc32(bytes);
}

export async function bytesAt(handle: FileHandle, start: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await handle.read(buffer, 0, length, start);
  return buffer.subarray(0, bytesRead);
}
