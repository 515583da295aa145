/** A safetensors file of one tensor, `logits` [examples, targets, vocab], whose examples arrive in any order. */
import type { FileHandle } from "node:fs/promises";
import { encodeHeader } from "../checkpoint/safetensors-writer";

export interface LogitsSize {
  readonly examples: number;
  /** Of the longest example. */
  readonly targets: number;
  readonly vocabulary: number;
}

export interface LogitsFile {
  /** The logits of one example's own targets; what follows them stays zero. */
  write(example: number, logits: Float32Array): Promise<void>;
}

/** The caller closes the handle. The file has its full length at once, and takes disk as it fills. */
export async function createLogitsFile(handle: FileHandle, size: LogitsSize): Promise<LogitsFile> {
  const { examples, targets, vocabulary } = size;
  const header = encodeHeader(new Map([["logits", [examples, targets, vocabulary]]]));
  const exampleBytes = targets * vocabulary * Float32Array.BYTES_PER_ELEMENT;
  await writeAll(handle, header, 0);
  await handle.truncate(header.length + examples * exampleBytes);
  return {
    write: (example, logits) => {
      const bytes = new Uint8Array(logits.buffer, logits.byteOffset, logits.byteLength);
      return writeAll(handle, bytes, header.length + example * exampleBytes);
    },
  };
}

async function writeAll(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}
