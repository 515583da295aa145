/** A file into the cache. */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isDiskFull, reasonOf } from "../files/system-reason";
import { arriving, claim, DamagedError } from "./arrival";
import { HubError } from "./error";
import { blobPath, partialPath, sizeOfFile } from "./layout";
import { linkSnapshot } from "./link";
import { named } from "./receive";
import type { HubFile, Repository } from "./repository";

export interface FetchOptions {
  /** How much of the file is there; called again and again. */
  readonly onBytes?: (done: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The file's place in the cache.
 * @throws {HubError} it cannot be fetched, or is not what the Hub has announced
 */
export async function fetchFile(
  repository: Repository,
  file: HubFile,
  options: FetchOptions = {},
): Promise<string> {
  const path = join(repository.folder, file.path);
  if ((await sizeOfFile(path)) === file.sizeBytes) return path;
  if (repository.cachedBecause !== undefined) throw repository.cachedBecause;
  try {
    await fetchBlob(repository, file, options);
    await linkSnapshot(repository, file);
    return path;
  } catch (error) {
    if (error instanceof HubError || options.signal?.aborted === true) throw error;
    const message = `Cannot keep ${named(repository, file)} in ${repository.hub.cache}: ${reasonOf(error, "write")}`;
    const remedy = isDiskFull(error) ? "" : "; HF_HUB_CACHE names another folder";
    throw new HubError("disk", `${message}${remedy}`, { cause: error });
  }
}

const lookAgainMs = 300;

/** Where another process fetches the same, it is waited for, and shown how far that is. */
async function fetchBlob(
  repository: Repository,
  file: HubFile,
  options: FetchOptions,
): Promise<void> {
  const { hub, reference } = repository;
  const { etag = "", sizeBytes } = file;
  const { signal, onBytes } = options;
  while ((await sizeOfFile(blobPath(hub, reference, etag))) !== sizeBytes) {
    const claimed = await claim(repository, file);
    if (claimed === undefined) {
      await sleep(lookAgainMs, undefined, { signal });
      onBytes?.((await sizeOfFile(partialPath(hub, reference, etag))) ?? 0);
      continue;
    }
    try {
      // While it was waited for, it may have come.
      if ((await sizeOfFile(blobPath(hub, reference, etag))) === sizeBytes) return;
      await arrive(repository, file, options);
    } finally {
      await claimed.release();
    }
  }
}

/** What an earlier process has left is not trusted: where the whole is not true, it comes once more from its beginning. */
async function arrive(
  repository: Repository,
  file: HubFile,
  { signal, onBytes }: FetchOptions,
): Promise<void> {
  const once = async (): Promise<void> => {
    let done = 0;
    for await (const chunk of arriving(repository, file, { signal, whenFull: "throw" })) {
      done += chunk.length;
      onBytes?.(done);
    }
  };
  try {
    await once();
  } catch (error) {
    if (!(error instanceof DamagedError && error.wasResumed)) throw error;
    await once();
  }
}
