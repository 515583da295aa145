/** Names in the cache: a revision's commit, and a commit's files, which are links to blobs. */
import { copyFile, lstat, mkdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { randomBytes } from "node:crypto";
import { blobPath, cachedCommit, isCommit, refPath } from "./layout";
import type { HubFile, Repository } from "./repository";

/** A relative link to the blob; where the system has none for this user, a copy. */
export async function linkSnapshot(repository: Repository, file: HubFile): Promise<void> {
  const { hub, reference, folder } = repository;
  const blob = blobPath(hub, reference, file.etag ?? "");
  const place = join(folder, ...file.path.split("/"));
  await mkdir(dirname(place), { recursive: true });
  // Beside its place and renamed, so that nobody ever finds half of it.
  const staged = `${place}.${randomBytes(4).toString("hex")}`;
  try {
    await symlink(relative(dirname(place), blob), staged).catch(async (error: unknown) => {
      if (!isForbidden(error)) throw error;
      await copyFile(blob, staged);
    });
    await rename(staged, place);
  } finally {
    await rm(staged, { force: true });
  }
}

/** Windows lets only some users make links, and some file systems have none. */
function isForbidden(error: unknown): boolean {
  return (
    error instanceof Error && "code" in error && /^(EPERM|ENOSYS|ENOTSUP)$/.test(String(error.code))
  );
}

/** What the revision is now, for those who cannot ask the Hub later. */
export async function keepRevision({ hub, reference, commit }: Repository): Promise<void> {
  await tagCache(hub.cache);
  if (isCommit(reference.revision) || (await cachedCommit(hub, reference)) === commit) return;
  const path = refPath(hub, reference);
  await mkdir(dirname(path), { recursive: true });
  const staged = `${path}.${randomBytes(4).toString("hex")}.tmp`;
  try {
    await writeFile(staged, commit);
    await rename(staged, path);
  } finally {
    await rm(staged, { force: true });
  }
}

/** Before any file is fetched; where the cache cannot be written, the Hub has to be asked again. */
export async function noteRevision(repository: Repository): Promise<void> {
  if (repository.cachedBecause !== undefined) return;
  try {
    await mkdir(repository.folder, { recursive: true });
    await keepRevision(repository);
  } catch {
    // Nothing depends on it.
  }
}

/** Tells backup programs that all of this can be fetched again. */
async function tagCache(cache: string): Promise<void> {
  const path = join(cache, "CACHEDIR.TAG");
  if ((await lstat(path).catch(() => undefined)) !== undefined) return;
  await mkdir(cache, { recursive: true });
  await writeFile(path, "Signature: 8a477f597d28d172789f06886806bc55\n", { flag: "wx" }).catch(
    () => undefined,
  );
}
