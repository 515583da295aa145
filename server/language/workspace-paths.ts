/** The disk around a recipe, looked at when asked. */
import { readdir } from "node:fs/promises";
import { join, relative, resolve, sep } from "node:path";
import type { PathEntry, RecipePaths } from "./facts";

const deepest = 5;
/** A look that takes longer than a keystroke is no help. */
const mostFolders = 2000;

export function recipePaths(directory: string): RecipePaths {
  return {
    entries: (folder) => entriesOf(resolve(directory, folder)),
    async checkpoints() {
      const found = await checkpointFolders(directory);
      return found.map((folder) => relative(directory, folder).split(sep).join("/"));
    },
  };
}

/** Of a recipe that is not on a disk. */
export const noPaths: RecipePaths = {
  entries: () => Promise.resolve([]),
  checkpoints: () => Promise.resolve([]),
};

/** [] where it cannot be read. */
export async function entriesOf(folder: string): Promise<PathEntry[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries.map((entry) => ({ name: entry.name, isFolder: entry.isDirectory() }));
}

async function checkpointFolders(directory: string): Promise<string[]> {
  const found: string[] = [];
  const waiting = [{ folder: directory, depth: 0 }];
  for (let looked = 0; looked < mostFolders; looked++) {
    const next = waiting.shift();
    if (next === undefined) break;
    const entries = await entriesOf(next.folder);
    if (entries.some(({ name }) => name === "config.json") && next.depth > 0) {
      found.push(next.folder);
      continue;
    }
    if (next.depth === deepest) continue;
    const below = entries.filter(
      ({ name, isFolder }) => isFolder && !name.startsWith(".") && name !== "node_modules",
    );
    waiting.push(
      ...below.map(({ name }) => ({ folder: join(next.folder, name), depth: next.depth + 1 })),
    );
  }
  return found;
}
