/** Bytes of an open file, all or an error. */
import { read } from "node:fs";
import { promisify } from "node:util";
import type { TensorPlace } from "./tensor-source";

const readAt = promisify(read);

/** @throws {SyntaxError} the file has become shorter */
export async function readRange({
  path,
  descriptor,
  position,
  sizeBytes,
}: Omit<TensorPlace, "dtype">): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(sizeBytes);
  await readInto(bytes, { path, descriptor, position });
  return bytes;
}

/** Fills all of `bytes`. @throws {SyntaxError} the file has become shorter */
export async function readInto(
  bytes: Uint8Array<ArrayBuffer>,
  { path, descriptor, position }: Pick<TensorPlace, "path" | "descriptor" | "position">,
): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesRead } = await readAt(
      descriptor,
      bytes,
      done,
      bytes.length - done,
      position + done,
    );
    if (bytesRead === 0) {
      throw new SyntaxError(
        `Cannot read ${path}: it ends at byte ${position + done}; was it replaced meanwhile?`,
      );
    }
    done += bytesRead;
  }
}
