/**
 * Starts runners: the command line's own `run` and `resume`, in processes that outlive the server. What they say goes
 * to a file in the run's folder, for a pipe would break with the server and take the runner along.
 */
import { spawn } from "node:child_process";
import { type FileHandle, open, readdir, rm, stat } from "node:fs/promises";
import { constants, setPriority } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { makeFolder } from "../files/make-folder";
import { reasonOf } from "../files/system-reason";
import { ignoreMissing } from "../metrics/missing-file";
import type { StartRunParams } from "../protocol/runs";
import { lockHolder } from "../files/lock";
import { runFiles } from "../recipe/run-folder";

export interface Runtime {
  /** The bundled command line. */
  readonly cli: URL;
  /** The Node that runs it; absent: the one that runs the server. */
  readonly node?: string;
  /** The bundled columns worker; absent: long logs without columns are parsed on the event loop. */
  readonly columnsWorker?: URL;
}

const lookAgainMs = 50;
/** For a runner that is asked to end. */
const graceMs = 5000;

/**
 * Settles once the run has begun; a run that has begun is no longer ended by the signal.
 * @throws {RangeError} what the runner says, where it ends before
 * @throws the signal's reason, with the runner and all that it started ended
 */
export function launchRun(
  params: StartRunParams,
  runtime: Runtime,
  signal?: AbortSignal,
): Promise<void> {
  const { recipe, folder, stage, parallel, threads, engine, device } = params;
  const options = Object.entries({ parallel, stage, threads, engine, device }).flatMap(
    ([name, value]) => (value === undefined ? [] : [`--${name}`, String(value)]),
  );
  const command = ["run", recipe, "--out", folder, ...options];
  return launch({ folder, command, ...runtime }, signal);
}

/** As launchRun. */
export function launchResume(
  folder: string,
  runtime: Runtime,
  signal?: AbortSignal,
): Promise<void> {
  return launch({ folder, command: ["resume", folder], ...runtime }, signal);
}

interface Launch extends Runtime {
  readonly folder: string;
  readonly command: readonly string[];
}

async function launch(options: Launch, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  const { folder } = options;
  const file = join(folder, runFiles.log);
  const log = await openLog(folder, file);
  let runner: Runner;
  let saidBefore: number;
  let recordBefore: number | undefined;
  try {
    saidBefore = (await log.stat()).size;
    recordBefore = await recordTime(folder);
    runner = startRunner(options, log);
  } finally {
    await log.close();
  }
  const { pid, ending } = runner;
  // The runner locks, reads and checks first, and writes the record when it is sure to begin.
  const hasBegun = async (): Promise<boolean> =>
    pid !== undefined &&
    (await recordTime(folder)) !== recordBefore &&
    (await lockHolder(join(folder, runFiles.lock)))?.pid === pid;
  while (!(await hasBegun())) {
    if (signal?.aborted === true) {
      await endRunner(runner);
      await removeIfNothingBegan(folder);
      throw signal.reason;
    }
    const end = await Promise.race([ending, sleep(lookAgainMs)]);
    if (end === undefined) continue;
    if (end.code === 0) return; // all was done already
    const said = end.error ?? (await saidSince(file, saidBefore));
    await removeIfNothingBegan(folder);
    throw new RangeError(said === "" ? `Cannot run in ${folder}: no reason given` : said);
  }
}

interface Runner {
  readonly pid: number | undefined;
  readonly ending: Promise<{ readonly code: number | null; readonly error?: string }>;
}

function startRunner(
  { folder, command, cli, node = process.execPath }: Launch,
  log: FileHandle,
): Runner {
  const child = spawn(node, [fileURLToPath(cli), ...command], {
    cwd: dirname(folder),
    detached: true,
    windowsHide: true,
    stdio: ["ignore", "ignore", log.fd],
    // VS Code's own executable is a Node when it is told so.
    env: { ...process.env, ELECTRON_RUN_AS_NODE: "1", NO_COLOR: "1" },
  });
  child.unref();
  if (child.pid !== undefined) giveWay(child.pid);
  const ending: Runner["ending"] = new Promise((resolve) => {
    child.on("exit", (code) => {
      resolve({ code });
    });
    child.on("error", ({ message }) => {
      const error = `Cannot start Node (${node}): ${message}; set deepFusion.node.path`;
      resolve({ code: null, error });
    });
  });
  return { pid: child.pid, ending };
}

async function endRunner({ pid, ending }: Runner): Promise<void> {
  signalGroup(pid, "SIGTERM");
  await Promise.race([ending, sleep(graceMs)]);
  signalGroup(pid, "SIGKILL");
  await ending;
}

/** It leads a group of its own, with whatever it has started; Windows has none. */
function signalGroup(pid: number | undefined, how: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(process.platform === "win32" ? pid : -pid, how);
  } catch {
    // All of them have ended.
  }
}

/** What the user does in the editor comes first; of a machine that is idle the run gets all. Its trainers inherit it. */
function giveWay(pid: number): void {
  try {
    setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // Gone already, or not allowed: it runs as it is.
  }
}

async function recordTime(folder: string): Promise<number | undefined> {
  return (await ignoreMissing(stat(join(folder, runFiles.record))))?.mtimeMs;
}

async function openLog(folder: string, file: string): Promise<FileHandle> {
  try {
    await makeFolder(folder);
    return await open(file, "a");
  } catch (cause) {
    throw new RangeError(`Cannot run in ${folder}: ${reasonOf(cause, "write")}`, { cause });
  }
}

async function saidSince(file: string, start: number): Promise<string> {
  const most = 4000;
  const handle = await open(file, "r");
  try {
    const { size } = await handle.stat();
    const from = Math.max(start, size - most);
    const buffer = Buffer.alloc(size - from);
    await handle.read(buffer, 0, buffer.length, from);
    return buffer
      .toString("utf8")
      .replaceAll(/^deep-fusion: /gm, "")
      .trim();
  } finally {
    await handle.close();
  }
}

/** A recipe with errors leaves no folder behind, nor does a start that was taken back. */
async function removeIfNothingBegan(folder: string): Promise<void> {
  const names = await readdir(folder);
  const left: readonly string[] = [runFiles.log, runFiles.lock];
  if (!names.every((name) => left.includes(name))) return;
  if ((await lockHolder(join(folder, runFiles.lock))) === undefined)
    await rm(folder, { recursive: true });
}
