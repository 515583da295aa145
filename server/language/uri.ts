/** Where a document is on the disk; undefined for one that is not (untitled, virtual). */
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

export function fileOf(uri: string): string | undefined {
  if (!uri.startsWith("file:")) return undefined;
  try {
    return fileURLToPath(uri);
  } catch {
    // A file on another host, or with a separator in a name.
    return undefined;
  }
}

export function folderOf(uri: string): string | undefined {
  const file = fileOf(uri);
  return file === undefined ? undefined : dirname(file);
}
