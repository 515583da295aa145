/** A run's folder for one process: two runs in it would overwrite each other's checkpoints. */
import { rmdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { acquireLock, LockedError } from "../files/lock";
import { makeFolder } from "../files/make-folder";
import { findRun, runFiles } from "../recipe/run-folder";
import type { ExitCode, Services } from "./services";
import { shownPath } from "./shown-path";

/**
 * Makes the folder where there is none; one that `work` leaves empty is gone again.
 * @throws {RangeError} another process runs there, or the folder holds something else than a run
 */
export async function withLockedFolder(
  folder: string,
  services: Services,
  work: () => Promise<ExitCode>,
): Promise<ExitCode> {
  await findRun(folder);
  const made = await makeFolder(folder);
  let lock;
  try {
    lock = await acquireLock(join(folder, runFiles.lock));
  } catch (error) {
    if (!(error instanceof LockedError)) throw error;
    const { pid, since } = error.holder;
    const shown = shownPath(folder, services);
    throw new RangeError(
      `Cannot run in ${shown}: process ${pid} has been running there since ${since}; ` +
        `watch it with "npx deep-fusion status ${shown}", or give another folder with --out`,
      { cause: error },
    );
  }
  try {
    return await work();
  } finally {
    await lock.release();
    // A run that was refused leaves nothing; one that began has files, and its folder stays.
    if (made !== undefined) await removeEmpty(folder, dirname(made));
  }
}

/** The folder and those above it, up to `last`, for as long as they are empty. */
async function removeEmpty(folder: string, last: string): Promise<void> {
  for (let each = folder; each !== last; each = dirname(each)) {
    const isGone = await rmdir(each).then(
      () => true,
      () => false,
    );
    if (!isGone) return;
  }
}
