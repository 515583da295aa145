/**
 * Big files in pieces that can be read in any order: in a file of 1 GB, neighbours alone would be shuffled otherwise.
 * A segment begins behind the first line end at or after its nominal start, and ends where the next one begins.
 */
import { open } from "node:fs/promises";

export interface Segment {
  /** Nominal, in bytes; 0 and the file's size are exact. */
  readonly start: number;
  readonly end: number;
}

const segmentBytes = 16 * 2 ** 20;
const searchBytes = 2 ** 16;
const lineEnd = 0x0a;

/** Of a file of `sizeBytes`. */
export function segmentsOf(sizeBytes: number, most = segmentBytes): Segment[] {
  const count = Math.max(1, Math.round(sizeBytes / most));
  const border = (index: number): number => Math.round((sizeBytes * index) / count);
  return Array.from({ length: count }, (_, i) => ({ start: border(i), end: border(i + 1) }));
}

/**
 * First byte behind the line end at or after `nominal` - 1; the file's size where none follows.
 * "characters": where no line ends within 64 KiB, the next whole character will do, as text has no lines then.
 */
export async function segmentBorder(
  path: string,
  nominal: number,
  unit: "lines" | "characters",
): Promise<number> {
  if (nominal === 0) return 0;
  const file = await open(path);
  try {
    const bytes = Buffer.alloc(searchBytes);
    for (let position = nominal - 1; ; position += searchBytes) {
      const { bytesRead } = await file.read(bytes, 0, searchBytes, position);
      const found = bytes.subarray(0, bytesRead).indexOf(lineEnd);
      if (found >= 0) return position + found + 1;
      if (bytesRead < searchBytes) return position + bytesRead;
      if (unit === "characters") return nominal + continuationBytes(bytes.subarray(1));
    }
  } finally {
    await file.close();
  }
}

/** UTF-8 has at most three in a row. */
function continuationBytes(bytes: Buffer): number {
  const first = bytes.subarray(0, 4).findIndex((byte) => (byte & 0xc0) !== 0x80);
  return Math.max(first, 0);
}
