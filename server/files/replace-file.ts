/** Writes a file whole or not at all: beside its place, onto the disk itself, then renamed into it. */
import { randomBytes } from "node:crypto";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { systemReason } from "./system-reason";

/**
 * What was at `path` stays until `write` is done and its bytes are on the disk.
 * @throws {Error} the system refuses, with the path, the reason and what to do; what `write` throws comes back as it is
 */
export async function replaceFile<T>(
  path: string,
  write: (handle: FileHandle) => Promise<T>,
): Promise<T> {
  const staged = `${path}.${randomBytes(4).toString("hex")}.part`;
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

/** As replaceFile(). */
export function replaceText(path: string, text: string): Promise<void> {
  return replaceFile(path, (handle) => handle.writeFile(text));
}

async function writeWhole<T>(path: string, write: (handle: FileHandle) => Promise<T>): Promise<T> {
  const handle = await open(path, "wx");
  try {
    const result = await write(handle);
    await handle.sync();
    return result;
  } finally {
    await handle.close();
  }
}
