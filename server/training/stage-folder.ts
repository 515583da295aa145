/** A train stage's folder: `step-XXXXXXXX/` checkpoints, `log.jsonl` and `heatmaps.bin`. */
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { type Checkpoint, openCheckpoint } from "../checkpoint/checkpoint";

export function logFile(directory: string): string {
  return join(directory, "log.jsonl");
}

export function heatMapFile(directory: string): string {
  return join(directory, "heatmaps.bin");
}

export function checkpointDirectory(directory: string, step: number): string {
  return join(directory, `step-${String(step).padStart(8, "0")}`);
}

/** Steps of the checkpoints in a stage's folder, newest first; none where there is no folder. */
export async function checkpointSteps(directory: string): Promise<readonly number[]> {
  await mkdir(directory, { recursive: true });
  const steps = (await readdir(directory)).flatMap((name) => {
    const match = /^step-(\d{8,})$/.exec(name);
    return match === null ? [] : [Number(match[1])];
  });
  return steps.sort((a, b) => b - a);
}

/**
 * Opens the newest whole checkpoint; undefined where there is none at all.
 * @throws what the newest one is refused for, where no older one is whole
 */
export async function openNewest(directory: string): Promise<Checkpoint | undefined> {
  let refusal: Error | undefined;
  for (const step of await checkpointSteps(directory)) {
    try {
      return await openCheckpoint(checkpointDirectory(directory, step));
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      refusal ??= error;
    }
  }
  if (refusal !== undefined) throw refusal;
  return undefined;
}

/** Removes all but the newest `keep` checkpoints. A kill in between leaves no half of one under its name. */
export async function pruneCheckpoints(directory: string, keep: number): Promise<void> {
  for (const step of (await checkpointSteps(directory)).slice(Math.max(1, keep))) {
    const doomed = join(directory, `.pruned-${step}`);
    await rename(checkpointDirectory(directory, step), doomed);
  }
  await removePruned(directory);
}

/** Removes what an interrupted pruning left. */
async function removePruned(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    if (name.startsWith(".pruned-")) await rm(join(directory, name), { recursive: true });
  }
}
