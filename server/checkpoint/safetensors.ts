/** Reads tensors of a safetensors file one at a time, from anywhere in the file. */
import { open, type FileHandle } from "node:fs/promises";
import { findDtype, readableDtypes } from "./dtypes";
import {
  headerLength,
  lengthBytes,
  parseHeader,
  type SafetensorsHeader,
  type TensorEntry,
} from "./safetensors-header";
import type { StoredSource } from "./tensor-source";

export interface SafetensorsFile extends StoredSource {
  readonly path: string;
  readonly header: SafetensorsHeader;
  close(): Promise<void>;
}

/**
 * Reads and checks the header; values are read when asked for. The caller closes the file.
 * @throws {SyntaxError} damaged, incomplete or not a safetensors file
 */
export async function openSafetensors(path: string): Promise<SafetensorsFile> {
  const handle = await open(path, "r");
  try {
    const header = await readHeader(handle, path);
    return {
      path,
      header,
      shapes: new Map([...header.tensors].map(([name, { shape }]) => [name, shape])),
      dtype: (name) => entryOf(header, name, path).dtype,
      place: (name) => {
        const { position, sizeBytes, dtype } = entryOf(header, name, path);
        return { path, descriptor: handle.fd, position, sizeBytes, dtype };
      },
      read: async (name) => readTensor(handle, path, entryOf(header, name, path)),
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

function entryOf({ tensors }: SafetensorsHeader, name: string, path: string): TensorEntry {
  const entry = tensors.get(name);
  if (entry !== undefined) return entry;
  throw new RangeError(`Cannot read tensor "${name}": ${path} has none of that name`);
}

async function readHeader(handle: FileHandle, path: string): Promise<SafetensorsHeader> {
  const stats = await handle.stat();
  if (!stats.isFile()) throw new SyntaxError(`Cannot read ${path}: it is not a regular file`);
  const first = await readRange(handle, path, {
    position: 0,
    sizeBytes: Math.min(lengthBytes, stats.size),
  });
  const length = headerLength(first, path, stats.size);
  const bytes = await readRange(handle, path, { position: lengthBytes, sizeBytes: length });
  return parseHeader(bytes, path, stats.size);
}

async function readTensor(
  handle: FileHandle,
  path: string,
  entry: TensorEntry,
): Promise<Float32Array> {
  const toFloat32 = findDtype(entry.dtype)?.toFloat32;
  if (toFloat32 === undefined) {
    throw new RangeError(
      `Cannot read tensor "${entry.name}" of ${path}: its dtype is ${entry.dtype}, and only ` +
        `${readableDtypes().join(", ")} are read as numbers`,
    );
  }
  return toFloat32(await readRange(handle, path, entry));
}

/** One read call takes at most 2 GiB on some systems; this is also how often an event can come between. */
const pieceBytes = 64 * 2 ** 20;

async function readRange(
  handle: FileHandle,
  path: string,
  { position, sizeBytes }: { readonly position: number; readonly sizeBytes: number },
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(sizeBytes);
  let done = 0;
  while (done < sizeBytes) {
    const { bytesRead } = await handle.read(bytes, {
      offset: done,
      length: Math.min(pieceBytes, sizeBytes - done),
      position: position + done,
    });
    if (bytesRead === 0) {
      throw new SyntaxError(
        `Cannot read ${path}: it ends at byte ${position + done} of ${position + sizeBytes}; was it replaced meanwhile?`,
      );
    }
    done += bytesRead;
  }
  return bytes;
}
