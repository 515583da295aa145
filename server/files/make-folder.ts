import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, resolve } from "node:path";

/**
 * A folder with all above it. @returns the first that was made; undefined: it was there
 * @throws the system's refusal of the first that is missing: of a file system that can only be read Node's own
 * recursion says that something is not there
 */
export async function makeFolder(folder: string): Promise<string | undefined> {
  try {
    return await mkdir(folder, { recursive: true });
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
    let missing = resolve(folder);
    while (dirname(missing) !== missing && !existsSync(dirname(missing)))
      missing = dirname(missing);
    await mkdir(missing);
    throw error;
  }
}
