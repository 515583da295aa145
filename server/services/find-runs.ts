/** The runs and the loose checkpoints under a folder, without walking into a run. */
import type { Dirent } from "node:fs";
import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { files } from "../checkpoint/layout";
import type { Catalogue, CatalogueCheckpoint, CatalogueRun } from "../protocol/catalogue";
import { runFiles, stageFolder } from "../recipe/run-folder";
import { readStatus } from "../runs/run-status";
import { fusionOf } from "../checkpoint/fusion-summary";
import { hubName } from "./hub-name";

const deepest = 8;

/** Newest run first. What cannot be read is said, and hides nothing else. */
export async function findCatalogue(
  roots: readonly string[],
  signal?: AbortSignal,
): Promise<Catalogue> {
  const found: Found = { runs: [], checkpoints: [] };
  const unreadable: string[] = [];
  for (const root of new Set(roots)) {
    const entries = await folder(root);
    if (entries === undefined) unreadable.push(root);
    else await walk({ directory: root, depth: deepest, entries }, found, signal);
  }
  const runs = await Promise.all([...new Set(found.runs)].map(describeRun));
  return {
    runs: runs.sort((one, other) => other.startedAt.localeCompare(one.startedAt)),
    checkpoints: await Promise.all([...new Set(found.checkpoints)].map(describeLoose)),
    unreadable,
  };
}

interface Found {
  readonly runs: string[];
  readonly checkpoints: string[];
}

interface Place {
  readonly directory: string;
  readonly depth: number;
  readonly entries: Awaited<ReturnType<typeof folder>>;
}

async function walk(place: Place, found: Found, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  const { directory, depth, entries = [] } = place;
  if (entries.some((entry) => entry.isFile() && entry.name === runFiles.record)) {
    found.runs.push(directory);
  } else if (isCheckpoint(entries)) {
    found.checkpoints.push(directory);
  } else if (depth > 0) {
    const below = entries
      .filter((entry) => entry.isDirectory() && !isPassedOver(entry.name))
      .map(({ name }) => name)
      .sort((one, other) => one.localeCompare(other, "en", { numeric: true }));
    for (const name of below) {
      const inside = join(directory, name);
      await walk(
        { directory: inside, depth: depth - 1, entries: await folder(inside) },
        found,
        signal,
      );
    }
  }
}

/** Undefined where it may not be read. */
function folder(directory: string) {
  return readdir(directory, { withFileTypes: true }).catch(() => undefined);
}

function isCheckpoint(entries: readonly Dirent[]): boolean {
  // The cache of Hugging Face has links in place of files.
  const isFile = (entry: Dirent) => entry.isFile() || entry.isSymbolicLink();
  const names = new Set(entries.filter(isFile).map(({ name }) => name));
  return names.has(files.config) && (names.has(files.weights) || names.has(files.shardIndex));
}

function isPassedOver(name: string): boolean {
  return name.startsWith(".") || name === "node_modules";
}

async function describeLoose(directory: string): Promise<CatalogueCheckpoint> {
  const fusion = await fusionOf(directory);
  const name = hubName(directory) ?? basename(directory);
  return { directory, name, ...(fusion && { fusion }) };
}

/** A damaged run.json is shown with its problem, not left out. */
async function describeRun(directory: string): Promise<CatalogueRun> {
  const { name, startedAt, state, reason, stages } = await readStatus(directory);
  const unreadable = stages.length === 0 && state === "failed";
  return {
    directory,
    name,
    startedAt,
    state,
    stages,
    ...(unreadable && reason !== undefined && { problem: reason }),
  };
}

/**
 * A stage's checkpoints, oldest first; [] where it has made none yet. By their folders' names alone: they get them once
 * they are whole.
 */
export async function stageCheckpoints(run: string, stage: string): Promise<CatalogueCheckpoint[]> {
  const directory = stageFolder(run, stage);
  const entries = (await folder(directory)) ?? [];
  if (isCheckpoint(entries)) return [{ directory, name: basename(directory), run, stage }];
  const steps = entries.flatMap((entry) => {
    const step = /^step-(\d{8,})$/.exec(entry.name)?.[1];
    return step === undefined || !entry.isDirectory() ? [] : [{ name: entry.name, step: +step }];
  });
  return steps
    .sort((one, other) => one.step - other.step)
    .map(({ name, step }) => ({
      directory: join(directory, name),
      name: `step ${step.toLocaleString("en-US")}`,
      run,
      stage,
      step,
    }));
}
