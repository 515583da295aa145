/** A model card from anywhere. */
import { readFile, stat } from "node:fs/promises";

const mostBytes = 2 ** 20;

/** Undefined where it is too long for one: nothing that is computed depends on it. */
export async function readCard(path: string): Promise<string | undefined> {
  const { size } = await stat(path);
  return size > mostBytes ? undefined : readFile(path, "utf8");
}
