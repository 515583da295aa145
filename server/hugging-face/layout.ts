/**
 * The cache that all programs of Hugging Face share:
 *
 *   models--OWNER--NAME/refs/REVISION                  text: a commit
 *   models--OWNER--NAME/blobs/HASH                     SHA-256 of large files, git's SHA-1 of small ones
 *   models--OWNER--NAME/snapshots/COMMIT/PATH          links to blobs
 *   .locks/models--OWNER--NAME/HASH.*
 *
 * What is still arriving lies beside its blob. Its name is not Python's, which would go on with it or write over it:
 * Python locks by flock(2), which Node.js has not, so that neither sees the other's locks and each needs a file of its
 * own. A whole blob is put in place by a rename, so that it does not matter who is first.
 */
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Hub } from "./hub";
import type { HubReference } from "./reference";

export function repositoryFolder({ cache }: Hub, { kind, repository }: HubReference): string {
  return join(cache, repositoryName({ kind, repository }));
}

function repositoryName({ kind, repository }: Pick<HubReference, "kind" | "repository">): string {
  return `${kind}s--${repository.replace("/", "--")}`;
}

export function snapshotFolder(hub: Hub, reference: HubReference, commit: string): string {
  return join(repositoryFolder(hub, reference), "snapshots", commit);
}

export function blobPath(hub: Hub, reference: HubReference, etag: string): string {
  return join(repositoryFolder(hub, reference), "blobs", etag);
}

export function partialPath(hub: Hub, reference: HubReference, etag: string): string {
  return `${blobPath(hub, reference, etag)}.deep-fusion.incomplete`;
}

export function lockPath(hub: Hub, { kind, repository }: HubReference, etag: string): string {
  const folder = repositoryName({ kind, repository });
  return join(hub.cache, ".locks", folder, `${etag}.deep-fusion.lock`);
}

export function refPath(hub: Hub, reference: HubReference): string {
  return join(repositoryFolder(hub, reference), "refs", ...reference.revision.split("/"));
}

export function isCommit(text: string): boolean {
  return /^[0-9a-f]{40}$/.test(text);
}

/** What the revision was when the Hub was last asked. */
export async function cachedCommit(hub: Hub, reference: HubReference): Promise<string | undefined> {
  if (isCommit(reference.revision)) return reference.revision;
  const text = await readFile(refPath(hub, reference), "utf8").catch(() => "");
  return isCommit(text.trim()) ? text.trim() : undefined;
}

/** Of a file in the cache, following its link. */
export async function sizeOfFile(path: string): Promise<number | undefined> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() === true ? found.size : undefined;
}
