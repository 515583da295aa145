/** How much has been fetched so far, of a program that does not say. */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";

const intervalMs = 1000;

/** Tells the size of all that lies in `folder`, every second that it grew. @returns what ends it */
export function watchGrowth(folder: string, tell: (megabytes: number) => void): () => void {
  let last = 0;
  const look = async (): Promise<void> => {
    const megabytes = Math.floor((await sizeOf(folder)) / 1e6);
    if (megabytes <= last) return;
    last = megabytes;
    tell(megabytes);
  };
  const timer = setInterval(() => void look(), intervalMs);
  return () => {
    clearInterval(timer);
  };
}

/** Bytes of all files in it; what goes away meanwhile counts nothing. */
async function sizeOf(folder: string): Promise<number> {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  let bytes = 0;
  for (const name of names) {
    const found = await stat(join(folder, name)).catch(() => undefined);
    if (found?.isFile() === true) bytes += found.size;
  }
  return bytes;
}
