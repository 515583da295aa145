/**
 * What a checkpoint's files lead to lies in its own folder: a checkpoint comes from elsewhere, and a link in it could
 * have any file of this machine read, or copied into a child. The cache of Hugging Face keeps its files beside the
 * folder, in `blobs`, and that is allowed too.
 */
import type { Dirent } from "node:fs";
import { realpath } from "node:fs/promises";
import { basename, dirname, join, sep } from "node:path";
import { printable } from "./json";
import { isCheckpointFile } from "./layout";

/** @throws {SyntaxError} one of the checkpoint's files is a link to elsewhere, or to nothing */
export async function refuseForeignLinks(
  directory: string,
  entries: readonly Dirent[],
): Promise<void> {
  const links = entries.filter((entry) => entry.isSymbolicLink() && isCheckpointFile(entry.name));
  if (links.length === 0) return;
  const folders = await allowedFolders(directory);
  for (const { name } of links) {
    const reason = await foreignReason(join(directory, name), folders);
    if (reason !== undefined) throw new SyntaxError(`Cannot open ${directory}: ${reason}`);
  }
}

/** Why a file of the checkpoint is not read; undefined: it is. */
export async function foreignReason(
  path: string,
  folders: readonly string[],
): Promise<string | undefined> {
  const name = basename(path);
  const target = await realpath(path).catch(() => undefined);
  if (target === undefined) {
    return `${name} is missing; fetch it again, or write the checkpoint again`;
  }
  if (folders.some((folder) => target.startsWith(folder + sep))) return undefined;
  return (
    `${name} is a link to ${printable(target)}, outside of the checkpoint's folder; ` +
    "put the file itself there if you trust it"
  );
}

/** Real paths of the folders in which a checkpoint's files may lie. */
export async function allowedFolders(directory: string): Promise<readonly string[]> {
  const own = await realpath(directory);
  if (basename(dirname(own)) !== "snapshots") return [own];
  const repository = dirname(dirname(own));
  // Newer versions of it keep what repositories have in common once for all, in the cache's own `blobs`.
  const shared = /^(models|datasets)--/.test(basename(repository))
    ? [join(dirname(repository), "blobs")]
    : [];
  return [own, join(repository, "blobs"), ...shared];
}
