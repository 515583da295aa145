/** A file's bytes from an offset on, unpacked where it is gzip, wherever it lies; memory stays at a few chunks. */
import { once } from "node:events";
import { createReadStream } from "node:fs";
import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { reasonOf } from "../files/system-reason";
import { HubError } from "../hugging-face/error";

export interface ByteFile {
  /** A path, or what else messages call it; its ending says what is in it. */
  readonly name: string;
  /** As they lie there, from `offset` up to `end`. */
  readonly stored: (offset: number, end: number) => AsyncIterable<Uint8Array>;
  /** A path that has all of it, for what is not read from front to back. */
  readonly whole: () => Promise<string>;
}

const chunkBytes = 2 ** 20;

export function localFile(path: string): ByteFile {
  return {
    name: path,
    stored: (start, end) =>
      createReadStream(path, { start, end: end - 1, highWaterMark: chunkBytes }),
    whole: () => Promise.resolve(path),
  };
}

/**
 * From `offset` on, which counts unpacked bytes, up to `end`; gzip is read to its own end.
 * @throws {Error} the file cannot be read or unpacked
 */
export async function* byteChunks(
  file: ByteFile,
  offset: number,
  end = Infinity,
): AsyncGenerator<Buffer> {
  try {
    if (isGzip(file.name)) yield* unpackedFrom(file, offset);
    else if (offset < end)
      for await (const chunk of file.stored(offset, end)) yield asBuffer(chunk);
  } catch (error) {
    throw error instanceof HubError ? error : readError(file.name, error);
  }
}

function asBuffer({ buffer, byteOffset, length }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, length);
}

export function isGzip(path: string): boolean {
  return /\.gz$/i.test(path);
}

async function* unpackedFrom(file: ByteFile, offset: number): AsyncGenerator<Buffer> {
  let position = 0;
  for await (const chunk of unpacked(file)) {
    const start = Math.max(0, offset - position);
    position += chunk.length;
    if (start < chunk.length) yield chunk.subarray(start);
  }
}

async function* unpacked(file: ByteFile): AsyncGenerator<Buffer> {
  const stored = file.stored(0, Infinity);
  const packed = stored instanceof Readable ? stored : Readable.from(stored, { objectMode: false });
  // The callback takes what `for await` also throws.
  const stream = pipeline(packed, createGunzip({ chunkSize: chunkBytes }), () => undefined);
  try {
    yield* stream as AsyncIterable<Buffer>;
  } finally {
    packed.destroy();
    stream.destroy();
    // Whoever reads it next must find it closed.
    if (!packed.closed) await once(packed, "close");
  }
}

function readError(path: string, cause: unknown): Error {
  const reason = reasonOf(cause);
  const isZlib = cause instanceof Error && "code" in cause && String(cause.code).startsWith("Z_");
  const what = isZlib ? `its gzip data are damaged or cut off (${reason}); get it again` : reason;
  return new Error(`Cannot read corpus file ${path}: ${what}`, { cause });
}
