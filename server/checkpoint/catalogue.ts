/** The checkpoints under a folder: those of runs by stage and step, and plain ones. */
import { readdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { files } from "./layout";

export interface CatalogueEntry {
  readonly directory: string;
  /** The run's folder, where the checkpoint belongs to one. */
  readonly run?: string;
  readonly stage?: string;
  readonly step?: number;
}

export interface CatalogueOptions {
  /** How many folders deep to look. */
  readonly depth?: number;
  readonly signal?: AbortSignal;
}

/**
 * Walks lazily, by name, steps in order; opens no file. Hidden folders, links and folders that may not be
 * read are passed over, and a checkpoint's own folder is not searched further.
 * @throws {SyntaxError} `root` itself cannot be read
 */
export async function* listCheckpoints(
  root: string,
  { depth = 8, signal }: CatalogueOptions = {},
): AsyncGenerator<CatalogueEntry> {
  const entries = await readdir(root, { withFileTypes: true }).catch((error: unknown) => {
    throw new SyntaxError(`Cannot list the checkpoints in ${root}: it cannot be read as a folder`, {
      cause: error,
    });
  });
  yield* walk({ directory: root, depth, signal, run: undefined }, entries);
}

interface Place {
  readonly directory: string;
  readonly depth: number;
  readonly signal: AbortSignal | undefined;
  readonly run: string | undefined;
}

interface Entry {
  readonly name: string;
  isFile(): boolean;
  isDirectory(): boolean;
}

async function* walk(place: Place, entries: readonly Entry[]): AsyncGenerator<CatalogueEntry> {
  const { directory, depth, signal } = place;
  signal?.throwIfAborted();
  const fileNames = new Set(entries.filter((entry) => entry.isFile()).map(({ name }) => name));
  if (isCheckpoint(fileNames)) {
    yield entryOf(directory, place.run);
    return;
  }
  if (depth === 0) return;
  const run = fileNames.has("run.json") ? directory : place.run;
  const folders = entries.filter((entry) => entry.isDirectory() && !isPassedOver(entry.name));
  for (const { name } of folders.sort((a, b) =>
    a.name.localeCompare(b.name, "en", { numeric: true }),
  )) {
    const below = join(directory, name);
    const inside = await readdir(below, { withFileTypes: true }).catch(() => []);
    yield* walk({ directory: below, depth: depth - 1, signal, run }, inside);
  }
}

function isCheckpoint(names: ReadonlySet<string>): boolean {
  return names.has(files.config) && (names.has(files.weights) || names.has(files.shardIndex));
}

function isPassedOver(name: string): boolean {
  return name.startsWith(".") || name === "node_modules";
}

/** RUN/STAGE/step-00002000, or RUN/STAGE for stages that make a single checkpoint. */
function entryOf(directory: string, run: string | undefined): CatalogueEntry {
  const step = /^step-(\d+)$/.exec(basename(directory))?.[1];
  const stageFolder = step === undefined ? directory : dirname(directory);
  return {
    directory,
    ...(run !== undefined && { run, stage: basename(stageFolder) }),
    ...(step !== undefined && { step: Number(step) }),
  };
}
