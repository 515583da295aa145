/** The runs under folders: every folder with a run.json, without looking inside of it. */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { runFiles } from "../recipe/run-folder";

export interface FindRunsOptions {
  /** How many folders deep to look. */
  readonly depth?: number;
  /** A workspace may be a home folder: no more folders than this are opened. */
  readonly most?: number;
  readonly signal?: AbortSignal;
}

/** Nearest first. Hidden folders, links, node_modules and what may not be read are passed over. */
export async function findRuns(
  roots: readonly string[],
  { depth = 5, most = 5000, signal }: FindRunsOptions = {},
): Promise<readonly string[]> {
  const runs = new Set<string>();
  let level = [...new Set(roots)];
  let opened = 0;
  for (let deep = 0; deep <= depth && level.length > 0; deep++) {
    const below: string[] = [];
    for (const folder of level) {
      signal?.throwIfAborted();
      if (opened++ >= most) return [...runs];
      const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
      if (entries.some((entry) => entry.name === runFiles.record)) runs.add(folder);
      else {
        const inside = entries.filter((entry) => entry.isDirectory() && !isPassedOver(entry.name));
        below.push(...inside.map(({ name }) => join(folder, name)));
      }
    }
    level = below;
  }
  return [...runs];
}

/** Those directly in a folder that are not known yet; quick enough to be asked twice a second. */
export async function findNewRuns(
  folder: string,
  isKnown: (run: string) => boolean,
): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const candidates = entries
    .filter((entry) => entry.isDirectory() && !isPassedOver(entry.name))
    .map(({ name }) => join(folder, name))
    .filter((run) => !isKnown(run));
  const found = await Promise.all(
    candidates.map((run) => stat(join(run, runFiles.record)).catch(() => undefined)),
  );
  return candidates.filter((_, index) => found[index] !== undefined);
}

function isPassedOver(name: string): boolean {
  return name.startsWith(".") || name === "node_modules";
}
