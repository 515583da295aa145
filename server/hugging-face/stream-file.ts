/** A file's bytes as they arrive, which are kept in the cache on the way: another pass over them reads the disk. */
import { createReadStream } from "node:fs";
import { join } from "node:path";
import { arriving, claim } from "./arrival";
import { sizeOfFile } from "./layout";
import { linkSnapshot } from "./link";
import { receive } from "./receive";
import type { HubFile, Repository } from "./repository";

export interface StreamOptions {
  readonly from: number;
  /** The byte behind the last. */
  readonly to: number;
  readonly signal?: AbortSignal | undefined;
}

const chunkBytes = 2 ** 20;

/**
 * From the cache where it is there. What is read from its beginning is kept, unless another process is just fetching
 * it, or there is no room; where reading ends early, the next one goes on from there.
 * @throws {HubError} it cannot be had, or is not what the Hub has announced, which shows at its end
 */
export async function* streamFile(
  repository: Repository,
  file: HubFile,
  { from, to, signal }: StreamOptions,
): AsyncGenerator<Uint8Array> {
  const end = Math.min(to, file.sizeBytes);
  if (from >= end) return;
  const path = join(repository.folder, file.path);
  if ((await sizeOfFile(path)) === file.sizeBytes) {
    yield* createReadStream(path, { start: from, end: end - 1, highWaterMark: chunkBytes });
    return;
  }
  if (repository.cachedBecause !== undefined) throw repository.cachedBecause;
  const isWhole = from === 0 && end === file.sizeBytes;
  // A cache that cannot be written is no reason not to read.
  const claimed = isWhole ? await claim(repository, file).catch(() => undefined) : undefined;
  if (claimed === undefined) {
    yield* receive(repository, file, { from, to: end, signal });
    return;
  }
  try {
    yield* arriving(repository, file, { signal, whenFull: "forget" });
    await linkSnapshot(repository, file);
  } finally {
    await claimed.release();
  }
}
