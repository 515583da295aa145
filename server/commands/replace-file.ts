/** Writes a file whole or not at all. */
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { systemReason } from "./system-reason";

/**
 * What was at `path` stays until `write` is done and its bytes are on the disk.
 * @throws {Error} the system refuses, with the path and its reason; what `write` throws comes back as it is
 */
export async function replaceFile<T>(
  path: string,
  write: (handle: FileHandle) => Promise<T>,
): Promise<T> {
  const staged = `${path}.${process.pid}.part`;
  try {
    const result = await writeWhole(staged, write);
    await rename(staged, path);
    return result;
  } catch (error) {
    await rm(staged, { force: true });
    const reason = systemReason(error, "write");
    if (reason === undefined) throw error;
    throw new Error(`Cannot write ${path}: ${reason}`, { cause: error });
  }
}

async function writeWhole<T>(path: string, write: (handle: FileHandle) => Promise<T>): Promise<T> {
  const handle = await open(path, "w");
  try {
    const result = await write(handle);
    await handle.sync();
    return result;
  } finally {
    await handle.close();
  }
}
