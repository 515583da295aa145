/**
 * A file on its way into the cache: what came before is gone on with, what comes is written beside its place, and only
 * what is whole and true is put there.
 */
import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, mkdir, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { acquireLock, type Lock, LockedError } from "../files/lock";
import { isDiskFull } from "../files/system-reason";
import { HubError } from "./error";
import { blobPath, lockPath, partialPath } from "./layout";
import { named, receive } from "./receive";
import type { HubFile, Repository } from "./repository";

/** Undefined where another process, or another reader here, is fetching it. Its holder releases it. */
export async function claim(repository: Repository, file: HubFile): Promise<Lock | undefined> {
  const { hub, reference } = repository;
  const etag = etagOf(repository, file);
  const path = lockPath(hub, reference, etag);
  await mkdir(dirname(blobPath(hub, reference, etag)), { recursive: true });
  await mkdir(dirname(path), { recursive: true });
  try {
    return await acquireLock(path);
  } catch (error) {
    if (error instanceof LockedError) return undefined;
    throw error;
  }
}

/** Without a hash there is no place for it, and nothing to check it against. */
function etagOf(repository: Repository, file: HubFile): string {
  if (file.etag !== undefined) return file.etag;
  throw new HubError("unusable", `Cannot fetch ${named(repository, file)}: its hash is not known`);
}

interface ArrivalOptions {
  readonly signal?: AbortSignal | undefined;
  /** "forget": the bytes still come, and are not kept. */
  readonly whenFull: "throw" | "forget";
}

/**
 * All of the file's bytes, those that had come before first; once they are through, it lies among the blobs. Must be
 * claimed.
 * @throws {HubError} it cannot be had, or is not what the Hub has announced: then none of it is kept
 */
export async function* arriving(
  repository: Repository,
  file: HubFile,
  { signal, whenFull }: ArrivalOptions,
): AsyncGenerator<Uint8Array, void> {
  const { hub, reference } = repository;
  const etag = etagOf(repository, file);
  const partial = partialPath(hub, reference, etag);
  const handle = await open(partial, "a+");
  let keeps = true;
  try {
    const { size } = await handle.stat();
    const from = size <= file.sizeBytes ? size : 0;
    await handle.truncate(from);
    const hash = hashOf(file);
    if (from > 0) {
      for await (const chunk of createReadStream(partial, {
        end: from - 1,
      }) as AsyncIterable<Buffer>) {
        hash.update(chunk);
        yield chunk;
      }
    }
    for await (const chunk of receive(repository, file, { from, signal })) {
      hash.update(chunk);
      keeps &&= await kept(handle, chunk, whenFull);
      yield chunk;
    }
    if (keeps) await handle.sync();
    checkHash(hash, { repository, file, from });
  } catch (error) {
    if (error instanceof HubError && error.kind === "damaged") keeps = false;
    throw error;
  } finally {
    await handle.close();
    if (!keeps) await rm(partial, { force: true });
  }
  if (keeps) await rename(partial, blobPath(hub, reference, etag));
}

/** Whether there was room for it. */
async function kept(
  handle: FileHandle,
  chunk: Uint8Array,
  whenFull: ArrivalOptions["whenFull"],
): Promise<boolean> {
  try {
    for (let done = 0; done < chunk.length;) {
      done += (await handle.write(chunk, done)).bytesWritten;
    }
    return true;
  } catch (error) {
    if (whenFull === "forget" && isDiskFull(error)) return false;
    throw error;
  }
}

/** Large files are named by their SHA-256, small ones by git: SHA-1 of a head and the content. */
function hashOf({ etag = "", sizeBytes }: HubFile): Hash {
  return etag.length === 64
    ? createHash("sha256")
    : createHash("sha1").update(`blob ${sizeBytes}\0`);
}

/** Of content that had been there before, or came in one go. */
export class DamagedError extends HubError {
  constructor(
    message: string,
    /** Some of it had come before: the fault may lie there. */
    readonly wasResumed: boolean,
  ) {
    super("damaged", message);
  }
}

function checkHash(
  hash: Hash,
  { repository, file, from }: { repository: Repository; file: HubFile; from: number },
): void {
  const found = hash.digest("hex");
  if (found === file.etag) return;
  throw new DamagedError(
    `Cannot use ${named(repository, file)}: its content hashes to ${found}, and the Hub announced ${file.etag ?? "nothing"}; ` +
      "fetch it again, and if that does not help, the repository or something on the way is damaged",
    from > 0,
  );
}
