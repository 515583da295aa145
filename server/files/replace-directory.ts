/**
 * Puts a folder in place whole or not at all.
 *
 * It is filled beside its place, synced, and renamed into it. An old folder is renamed aside first, since no
 * portable call swaps two folders; a crash between the two renames leaves the old one aside, from where
 * recoverDirectory() puts it back. So whoever opens the folder finds the old or the new one, never a mixture.
 */
import { randomBytes } from "node:crypto";
import { lstat, mkdir, open, readdir, realpath, rename, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { makeFolder } from "./make-folder";

/**
 * @param fill writes the content into the folder it is given
 * @throws {RangeError} the place is no folder that may be replaced
 */
export async function replaceDirectory(
  directory: string,
  mayReplace: (name: string) => boolean,
  fill: (staged: string) => Promise<void>,
): Promise<void> {
  const target = await followLinks(directory);
  const parent = dirname(target);
  await makeFolder(parent);
  await recoverDirectory(target);
  await refuseForeignContent(target, mayReplace);
  await removeLeftovers(target);
  const staged = join(parent, stageName(target));
  // Not mkdtemp(), which makes a folder that nobody else may read.
  await mkdir(staged);
  try {
    await fill(staged);
    await syncDirectory(staged);
    await putInPlace(staged, target);
    await syncDirectory(parent);
  } catch (error) {
    await rm(staged, { recursive: true, force: true });
    throw error;
  }
}

/**
 * What replaceDirectory() would find out before it replaces, for whoever has long work to do first.
 * @throws {RangeError} the place is no folder that may be replaced
 */
export async function checkReplaceable(
  directory: string,
  mayReplace: (name: string) => boolean,
): Promise<void> {
  await refuseForeignContent(await followLinks(directory), mayReplace);
}

/** Finishes what a crash interrupted; does nothing where the folder is there. */
export async function recoverDirectory(directory: string): Promise<void> {
  const target = resolve(directory);
  if ((await exists(target)) || !(await exists(aside(target)))) return;
  await renameIfThere(aside(target), target);
}

async function putInPlace(staged: string, target: string): Promise<void> {
  // Somebody who opens the folder between the two renames puts the old one back; then it is done again.
  for (let attempt = 1; ; attempt++) {
    if (await exists(target)) {
      await rm(aside(target), { recursive: true, force: true });
      await renameIfThere(target, aside(target));
    }
    try {
      await rename(staged, target);
      break;
    } catch (error) {
      const isTaken = ["ENOTEMPTY", "EEXIST", "EPERM"].includes(codeOf(error));
      if (!isTaken || attempt === 3) {
        await recoverDirectory(target);
        throw error;
      }
    }
  }
  await rm(aside(target), { recursive: true, force: true });
}

/** Flushes a folder's entries to the disk. Windows has no such call, and orders its journal itself. */
async function syncDirectory(directory: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(directory, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function followLinks(directory: string): Promise<string> {
  try {
    return await realpath(directory);
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
    return resolve(directory);
  }
}

async function refuseForeignContent(
  target: string,
  mayReplace: (name: string) => boolean,
): Promise<void> {
  if (!(await exists(target))) return;
  if (!(await lstat(target)).isDirectory()) {
    throw new RangeError(`Cannot write ${target}: a file is in its place; choose another folder`);
  }
  const foreign = (await readdir(target)).find((name) => !mayReplace(name));
  if (foreign !== undefined) {
    throw new RangeError(
      `Cannot write ${target}: it holds ${JSON.stringify(foreign)}, which is not part of a checkpoint ` +
        "and would be lost; choose another folder",
    );
  }
}

/** What processes of this machine were filling beside it when they died, and an old one already replaced. */
async function removeLeftovers(target: string): Promise<void> {
  const parent = dirname(target);
  const stale = (await readdir(parent)).filter(isStaleStage).map((name) => join(parent, name));
  if (await exists(target)) stale.push(aside(target));
  for (const path of stale) await rm(path, { recursive: true, force: true });
}

/** Hidden, so that no listing takes it for a checkpoint. */
function stageName(target: string): string {
  const random = randomBytes(3).toString("hex");
  return `.${basename(target)}.staged-${hostname()}-${process.pid}-${random}`;
}

function isStaleStage(name: string): boolean {
  const [, host, pid] = /^\..*\.staged-(.*)-(\d+)-[0-9a-f]{6}$/.exec(name) ?? [];
  return host === hostname() && pid !== undefined && !isAlive(Number(pid));
}

function aside(target: string): string {
  return join(dirname(target), `.${basename(target)}.replaced-checkpoint`);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === "EPERM";
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return false;
    throw error;
  }
}

async function renameIfThere(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}
