/** Whether a disk has room left, asked before or after something could not be written. */
import { statfs } from "node:fs/promises";

/** A record of a run, with the block that a file takes at least. */
const smallFileBytes = 8192;

/** Not even a small file fits beside this; false where the system does not say. */
export async function isFull(folder: string): Promise<boolean> {
  const space = await statfs(folder).catch(() => undefined);
  if (space === undefined) return false;
  // Some file systems keep the last blocks for root.
  const blocks = process.getuid?.() === 0 ? space.bfree : space.bavail;
  return blocks * space.bsize < smallFileBytes;
}
