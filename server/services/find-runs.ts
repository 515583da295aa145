/** The runs and the loose checkpoints under a folder, without walking into a run. */
import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { listCheckpoints } from "../checkpoint/catalogue";
import { files } from "../checkpoint/layout";
import type { Catalogue, CatalogueCheckpoint, CatalogueRun } from "../protocol/catalogue";
import type { RunRecord } from "../protocol/run";
import { lockHolder } from "../recipe/lock";
import { readRun, runFiles, stageFolder } from "../recipe/run-folder";
import { fusionOf } from "./fusion-summary";

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
  const names = new Set(entries.filter((entry) => entry.isFile()).map(({ name }) => name));
  if (names.has(runFiles.record)) found.runs.push(directory);
  else if (names.has(files.config) && (names.has(files.weights) || names.has(files.shardIndex))) {
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

function isPassedOver(name: string): boolean {
  return name.startsWith(".") || name === "node_modules";
}

async function describeLoose(directory: string): Promise<CatalogueCheckpoint> {
  const fusion = await fusionOf(directory);
  return { directory, name: basename(directory), ...(fusion && { fusion }) };
}

/** A damaged run.json is shown with its problem, not left out. */
async function describeRun(directory: string): Promise<CatalogueRun> {
  const running = (await lockHolder(join(directory, runFiles.lock))) !== undefined;
  try {
    const record = await readRun(directory);
    const paused = running && record.control === "paused";
    const described = await describeRecord(directory, record);
    return { ...described, directory, running, ...(paused && { paused }) };
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    return { directory, name: basename(directory), startedAt: "", running, stages: [], problem };
  }
}

async function describeRecord(
  directory: string,
  record: RunRecord,
): Promise<Pick<CatalogueRun, "name" | "startedAt" | "stages">> {
  const stages = await Promise.all(
    Object.entries(record.stages).map(async ([name, stage]) => {
      const fusion =
        stage.kind === "fuse" && stage.checkpoint !== undefined
          ? await fusionOf(join(directory, stage.checkpoint))
          : undefined;
      return { ...stage, name, ...(fusion && { fusion }) };
    }),
  );
  return { name: record.name, startedAt: record.started_at, stages };
}

/** A stage's checkpoints, oldest first; [] where it has made none yet. */
export async function stageCheckpoints(run: string, stage: string): Promise<CatalogueCheckpoint[]> {
  const directory = stageFolder(run, stage);
  const found: CatalogueCheckpoint[] = [];
  if ((await folder(directory)) === undefined) return found;
  for await (const entry of listCheckpoints(directory, { depth: 1 })) {
    const step = entry.step ?? stepOf(entry.directory);
    found.push({
      directory: entry.directory,
      name: step === undefined ? basename(entry.directory) : `step ${step.toLocaleString("en-US")}`,
      ...{ run, stage },
      ...(step !== undefined && { step }),
    });
  }
  return found;
}

function stepOf(directory: string): number | undefined {
  const step = /^step-(\d+)$/.exec(basename(directory))?.[1];
  return step === undefined ? undefined : Number(step);
}
