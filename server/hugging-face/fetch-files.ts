/** Several files of a repository into the cache, one after the other, with room for them made sure of first. */
import { statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import { HubError } from "./error";
import { fetchFile } from "./fetch-file";
import { blobPath, partialPath, sizeOfFile } from "./layout";
import { keepRevision } from "./link";
import { formatReference } from "./reference";
import type { HubFile, Repository } from "./repository";
import { byteText } from "./transfer";

export interface FilesProgress {
  /** Of the repository. */
  readonly path: string;
  /** Bytes of all files, those that were there before included. */
  readonly done: number;
  readonly of: number;
}

export interface FetchFilesOptions {
  readonly onProgress?: ((progress: FilesProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The folder that holds them afterwards, beside what else has been fetched of the same commit.
 * @throws {HubError} one cannot be fetched, or there is no room for all
 */
export async function fetchFiles(
  repository: Repository,
  files: readonly HubFile[],
  { onProgress, signal }: FetchFilesOptions = {},
): Promise<string> {
  if (repository.cachedBecause === undefined) await makeSure(repository, files);
  const of = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  let before = 0;
  for (const file of files) {
    await fetchFile(repository, file, {
      signal,
      onBytes: (bytes) => onProgress?.({ path: file.path, done: before + bytes, of }),
    });
    before += file.sizeBytes;
    onProgress?.({ path: file.path, done: before, of });
  }
  return repository.folder;
}

/** That the cache can be written, and has room. */
async function makeSure(repository: Repository, files: readonly HubFile[]): Promise<void> {
  const { hub, reference } = repository;
  const missing = await Promise.all(files.map((file) => missingBytes(repository, file)));
  const needed = missing.reduce((sum, bytes) => sum + bytes, 0);
  if (needed === 0) {
    // The cache may be one that this user can only read.
    await keepRevision(repository).catch(() => undefined);
    return;
  }
  const free = await freeBytes(hub.cache);
  if (free !== undefined && free < needed) {
    throw new HubError(
      "disk",
      `Cannot fetch ${formatReference(reference)}: ${byteText(needed)} are still to come, and ${byteText(free)} are free in ${hub.cache}; ` +
        "free some space, or name another folder in HF_HUB_CACHE",
    );
  }
  try {
    await keepRevision(repository);
  } catch (cause) {
    throw new HubError(
      "disk",
      `Cannot write into ${hub.cache}: ${cause instanceof Error ? cause.message : String(cause)}; HF_HUB_CACHE names another folder`,
      { cause },
    );
  }
}

async function missingBytes({ hub, reference, folder }: Repository, file: HubFile) {
  if ((await sizeOfFile(join(folder, file.path))) === file.sizeBytes) return 0;
  const etag = file.etag ?? "";
  if ((await sizeOfFile(blobPath(hub, reference, etag))) === file.sizeBytes) return 0;
  const partial = (await sizeOfFile(partialPath(hub, reference, etag))) ?? 0;
  return Math.max(0, file.sizeBytes - partial);
}

/** Of the nearest folder that is there. */
async function freeBytes(folder: string): Promise<number | undefined> {
  const { bavail, bsize } = (await statfs(folder).catch(() => undefined)) ?? {};
  if (bavail !== undefined && bsize !== undefined) return bavail * bsize;
  const above = dirname(folder);
  return above === folder ? undefined : freeBytes(above);
}
