/** A file's bytes from an offset on, unpacked where it is gzip; memory stays at a few chunks. */
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream";
import { createGunzip } from "node:zlib";
import { reasonOf } from "../files/system-reason";

const chunkBytes = 2 ** 20;

/**
 * From `offset` on, which counts unpacked bytes, up to `end`; gzip is read to its own end.
 * @throws {Error} the file cannot be read or unpacked
 */
export async function* byteChunks(
  path: string,
  offset: number,
  end = Infinity,
): AsyncGenerator<Buffer> {
  try {
    yield* isGzip(path) ? unpackedFrom(path, offset) : plain(path, offset, end);
  } catch (error) {
    throw readError(path, error);
  }
}

export function isGzip(path: string): boolean {
  return /\.gz$/i.test(path);
}

async function* plain(path: string, offset: number, end: number): AsyncGenerator<Buffer> {
  if (offset >= end) return;
  yield* createReadStream(path, { start: offset, end: end - 1, highWaterMark: chunkBytes });
}

async function* unpackedFrom(path: string, offset: number): AsyncGenerator<Buffer> {
  let position = 0;
  for await (const chunk of unpacked(path)) {
    const start = Math.max(0, offset - position);
    position += chunk.length;
    if (start < chunk.length) yield chunk.subarray(start);
  }
}

async function* unpacked(path: string): AsyncGenerator<Buffer> {
  const packed = createReadStream(path, { highWaterMark: chunkBytes });
  // The callback takes what `for await` also throws.
  const stream = pipeline(packed, createGunzip({ chunkSize: chunkBytes }), () => undefined);
  try {
    yield* stream as AsyncIterable<Buffer>;
  } finally {
    packed.destroy();
    stream.destroy();
  }
}

function readError(path: string, cause: unknown): Error {
  const reason = reasonOf(cause);
  const isZlib = cause instanceof Error && "code" in cause && String(cause.code).startsWith("Z_");
  const what = isZlib ? `its gzip data are damaged or cut off (${reason}); get it again` : reason;
  return new Error(`Cannot read corpus file ${path}: ${what}`, { cause });
}
