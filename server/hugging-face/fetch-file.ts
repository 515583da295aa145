/** A file into the cache: what has arrived before is gone on with, and only what is whole and true is put in place. */
import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, mkdir, open, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { acquireLock, type Lock, LockedError } from "../files/lock";
import { isDiskFull, reasonOf } from "../files/system-reason";
import { HubError } from "./error";
import { blobPath, lockPath, partialPath, sizeOfFile } from "./layout";
import { linkSnapshot } from "./link";
import { named, receive } from "./receive";
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

/** Without a hash there is no place for it, and nothing to check it against. */
export function etagOf(repository: Repository, file: HubFile): string {
  if (file.etag !== undefined) return file.etag;
  throw new HubError("unusable", `Cannot fetch ${named(repository, file)}: its hash is not known`);
}

async function fetchBlob(
  repository: Repository,
  file: HubFile,
  options: FetchOptions,
): Promise<void> {
  const { hub, reference } = repository;
  const etag = etagOf(repository, file);
  const blob = blobPath(hub, reference, etag);
  const partial = partialPath(hub, reference, etag);
  if ((await sizeOfFile(blob)) === file.sizeBytes) return;
  const lockFile = lockPath(hub, reference, etag);
  await mkdir(dirname(blob), { recursive: true });
  await mkdir(dirname(lockFile), { recursive: true });
  const lock = await patientLock(lockFile, partial, options);
  try {
    if ((await sizeOfFile(blob)) === file.sizeBytes) return;
    await arrive(repository, file, { ...options, partial });
    await rename(partial, blob);
  } finally {
    await lock.release();
  }
}

const lookAgainMs = 300;

/** Waits while another process fetches the same, and shows how far that is. */
async function patientLock(
  path: string,
  partial: string,
  { signal, onBytes }: FetchOptions,
): Promise<Lock> {
  for (;;) {
    try {
      return await acquireLock(path);
    } catch (error) {
      if (!(error instanceof LockedError)) throw error;
      await sleep(lookAgainMs, undefined, { signal });
      onBytes?.((await sizeOfFile(partial)) ?? 0);
    }
  }
}

interface Arrival extends FetchOptions {
  readonly partial: string;
}

/** Leaves `partial` whole and true; where it is not, it is taken away, and what had been there before is not trusted. */
async function arrive(repository: Repository, file: HubFile, arrival: Arrival): Promise<void> {
  const before = (await sizeOfFile(arrival.partial)) ?? 0;
  const found = await append(repository, file, arrival);
  if (found === file.etag) return;
  await rm(arrival.partial, { force: true });
  if (before > 0) {
    await arrive(repository, file, arrival);
    return;
  }
  throw new HubError(
    "damaged",
    `Cannot use ${named(repository, file)}: its content hashes to ${found}, and the Hub announced ${file.etag ?? "nothing"}; ` +
      "fetch it again, and if that does not help, the repository or something on the way is damaged",
  );
}

/** The hash of all of it. */
async function append(
  repository: Repository,
  file: HubFile,
  { partial, signal, onBytes }: Arrival,
): Promise<string> {
  const handle = await open(partial, "a+");
  try {
    const { size } = await handle.stat();
    let from = size <= file.sizeBytes ? size : 0;
    await handle.truncate(from);
    const hash = hashOf(file);
    await hashFile(partial, from, hash);
    onBytes?.(from);
    for await (const chunk of receive(repository, file, { from, signal })) {
      await writeWhole(handle, chunk);
      hash.update(chunk);
      from += chunk.length;
      onBytes?.(from);
    }
    await handle.sync();
    return hash.digest("hex");
  } finally {
    await handle.close();
  }
}

async function writeWhole(handle: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let done = 0; done < chunk.length;) {
    done += (await handle.write(chunk, done)).bytesWritten;
  }
}

/** Large files are named by their SHA-256, small ones by git: SHA-1 of a head and the content. */
export function hashOf({ etag = "", sizeBytes }: HubFile): Hash {
  return etag.length === 64
    ? createHash("sha256")
    : createHash("sha1").update(`blob ${sizeBytes}\0`);
}

async function hashFile(path: string, sizeBytes: number, hash: Hash): Promise<void> {
  if (sizeBytes === 0) return;
  const content = createReadStream(path, { end: sizeBytes - 1, highWaterMark: 2 ** 20 });
  for await (const chunk of content as AsyncIterable<Buffer>) hash.update(chunk);
}
