/** What a checkpoint in the Hub's cache is called, whose folder has a commit for its name. */
import { basename, dirname } from "node:path";

/** "owner/name at 0123456"; undefined of a folder elsewhere. */
export function hubName(directory: string): string | undefined {
  const commit = basename(directory);
  const above = dirname(directory);
  const repository = /^models--(.+?)--(.+)$/.exec(basename(dirname(above)));
  if (repository === null || basename(above) !== "snapshots" || !/^[0-9a-f]{40}$/.test(commit)) {
    return undefined;
  }
  return `${repository[1]!}/${repository[2]!} at ${commit.slice(0, 7)}`;
}
