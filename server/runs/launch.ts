/**
 * Starts runners: the command line's own `run` and `resume`, in processes that outlive the server. What they say goes
 * to a file in the run's folder, for a pipe would break with the server and take the runner along.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, open, readdir, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { ignoreMissing } from "../metrics/missing-file";
import type { StartRunParams } from "../protocol/runs";
import { lockHolder } from "../recipe/lock";
import { runFiles } from "../recipe/run-folder";

export interface Runtime {
  /** The bundled command line. */
  readonly cli: URL;
  /** The Node that runs it; absent: the one that runs the server. */
  readonly node?: string;
}

const lookAgainMs = 50;

/** Settles once the run holds its lock. @throws {RangeError} what the runner says, where it ends before */
export function launchRun(params: StartRunParams, runtime: Runtime): Promise<void> {
  const { recipe, folder, stage, parallel, threads } = params;
  return launch(
    {
      folder,
      directory: dirname(recipe),
      command: [
        ...["run", recipe, "--out", folder, "--parallel", String(parallel)],
        ...(stage === undefined ? [] : ["--stage", stage]),
        ...(threads === undefined ? [] : ["--threads", String(threads)]),
      ],
    },
    runtime,
  );
}

/** As launchRun. */
export function launchResume(folder: string, runtime: Runtime): Promise<void> {
  return launch({ folder, directory: folder, command: ["resume", folder] }, runtime);
}

interface Launch {
  readonly folder: string;
  readonly directory: string;
  readonly command: readonly string[];
}

async function launch({ folder, directory, command }: Launch, runtime: Runtime): Promise<void> {
  await mkdir(folder, { recursive: true });
  const file = join(folder, runFiles.log);
  const saidBefore = (await ignoreMissing(stat(file)))?.size ?? 0;
  const log = await open(file, "a");
  let child: ChildProcess;
  try {
    child = spawn(runtime.node ?? process.execPath, [fileURLToPath(runtime.cli), ...command], {
      cwd: directory,
      detached: true,
      windowsHide: true,
      stdio: ["ignore", "ignore", log.fd],
      // VS Code's own executable is a Node when it is told so.
      env: { ...process.env, ELECTRON_RUN_AS_NODE: "1", NO_COLOR: "1" },
    });
  } finally {
    await log.close();
  }
  let end: { readonly code: number | null; readonly error?: string } | undefined;
  child.on("error", ({ message }) => (end = { code: null, error: message }));
  child.on("exit", (code) => (end ??= { code }));
  child.unref();
  const holds = async (): Promise<boolean> =>
    child.pid !== undefined && (await lockHolder(join(folder, runFiles.lock)))?.pid === child.pid;
  while (!(await holds())) {
    if (end?.code === 0) return; // all was done already
    if (end !== undefined) {
      const said = end.error ?? (await saidSince(file, saidBefore));
      await removeIfNothingBegan(folder);
      throw new RangeError(
        said === "" ? `Cannot start the run in ${folder}: no reason given` : said,
      );
    }
    await sleep(lookAgainMs);
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

/** A recipe with errors leaves no folder behind. */
async function removeIfNothingBegan(folder: string): Promise<void> {
  const names = await readdir(folder);
  if (names.length === 1 && names[0] === runFiles.log) await rm(folder, { recursive: true });
}
