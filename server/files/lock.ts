/**
 * A folder in use by one process: a lock file with the process's id and the time it started, which together name a
 * process even where ids are used again. The lock of a dead process is taken over.
 */
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { link, readFile, rename, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { promisify } from "node:util";
import { reasonOf } from "./system-reason";

export interface LockHolder {
  readonly pid: number;
  readonly host: string;
  /** What the system says of when the process started; undefined where it does not. */
  readonly process_start?: string;
  /** ISO 8601: when it took the lock. */
  readonly since: string;
}

export class LockedError extends Error {
  constructor(
    readonly path: string,
    readonly holder: LockHolder,
  ) {
    super(
      `Cannot lock ${path}: process ${holder.pid} on ${holder.host} holds it since ${holder.since}`,
    );
    this.name = "LockedError";
  }
}

export interface Lock {
  release(): Promise<void>;
}

/** @throws {LockedError} a living process holds it */
export async function acquireLock(path: string): Promise<Lock> {
  const started = await processStart(process.pid);
  const mine: LockHolder = {
    pid: process.pid,
    host: hostname(),
    ...(started === undefined ? {} : { process_start: started }),
    since: new Date().toISOString(),
  };
  // Written beside and linked: the lock appears whole or not at all, for one process only.
  const staged = `${path}.${randomBytes(4).toString("hex")}`;
  try {
    await writeFile(staged, JSON.stringify(mine), { flag: "wx" });
    while (!(await linked(staged, path))) await removeIfDead(path);
  } catch (error) {
    if (error instanceof LockedError) throw error;
    throw new Error(`Cannot lock ${path}: ${reasonOf(error, "write")}`, { cause: error });
  } finally {
    await rm(staged, { force: true });
  }
  return { release: () => rm(path, { force: true }) };
}

async function linked(staged: string, path: string): Promise<boolean> {
  try {
    await link(staged, path);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
}

/** Renamed first: of two that find the same dead lock, one moves it, and neither removes the other's new one. */
async function removeIfDead(path: string): Promise<void> {
  const text = await readFile(path, "utf8").catch(() => undefined);
  if (text === undefined) return;
  const holder = parseHolder(text);
  if (holder !== undefined && (await isAlive(holder))) throw new LockedError(path, holder);
  const grave = `${path}.${randomBytes(4).toString("hex")}.dead`;
  await rename(path, grave).catch(() => undefined);
  const moved = await readFile(grave, "utf8").catch(() => undefined);
  if (moved !== undefined && moved !== text) await link(grave, path).catch(() => undefined);
  await rm(grave, { force: true });
}

/** The living process that holds the lock. */
export async function lockHolder(path: string): Promise<LockHolder | undefined> {
  const text = await readFile(path, "utf8").catch(() => undefined);
  const holder = text === undefined ? undefined : parseHolder(text);
  return holder !== undefined && (await isAlive(holder)) ? holder : undefined;
}

function parseHolder(text: string): LockHolder | undefined {
  try {
    const holder = JSON.parse(text) as Partial<LockHolder>;
    return Number.isInteger(holder.pid) && typeof holder.host === "string"
      ? (holder as LockHolder)
      : undefined;
  } catch {
    return undefined;
  }
}

/** A process of another machine cannot be seen from here, and counts as alive. */
async function isAlive(holder: LockHolder): Promise<boolean> {
  if (holder.host !== hostname()) return true;
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EPERM")) return false;
  }
  if (await isZombie(holder.pid)) return false;
  const started = await processStart(holder.pid);
  return (
    holder.process_start === undefined || started === undefined || started === holder.process_start
  );
}

/** A killed process that nobody has waited for, which in a container may be never: it works no more. */
async function isZombie(pid: number): Promise<boolean> {
  if (process.platform !== "linux") return false;
  const text = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  return /^[ZX]/.test(text.slice(text.lastIndexOf(")") + 2));
}

async function processStart(pid: number): Promise<string | undefined> {
  try {
    if (process.platform === "linux") {
      const text = await readFile(`/proc/${pid}/stat`, "utf8");
      // Field 22; the name in field 2 may hold spaces and parentheses.
      return text.slice(text.lastIndexOf(")") + 2).split(" ")[19];
    }
    if (process.platform === "win32") return undefined;
    const { stdout } = await promisify(execFile)("ps", ["-o", "lstart=", "-p", String(pid)]);
    return stdout.trim() === "" ? undefined : stdout.trim();
  } catch {
    return undefined;
  }
}
