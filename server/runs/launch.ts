/** Starts runners: `cli.js run|resume` in processes of their own, which outlive the server. */
import { spawn } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { StartRunParams } from "../protocol/runs";
import { lockHolder } from "../recipe/lock";
import { runFiles } from "../recipe/run-folder";

const lookAgainMs = 100;

/** @throws {RangeError} what the runner says, where it ends before it holds the run's lock */
export async function launchRun(params: StartRunParams, cli: URL): Promise<void> {
  const { recipe, folder, stage, parallel, threads } = params;
  await launch({
    cli,
    folder,
    directory: dirname(recipe),
    command: [
      ...["run", recipe, "--out", folder, "--parallel", String(parallel)],
      ...(stage === undefined ? [] : ["--stage", stage]),
      ...(threads === undefined ? [] : ["--threads", String(threads)]),
    ],
  });
}

export function launchResume(folder: string, cli: URL): Promise<void> {
  return launch({ cli, folder, directory: folder, command: ["resume", folder] });
}

/** Ctrl-C, as on the command line. */
export async function stopRun(folder: string): Promise<void> {
  const holder = await lockHolder(join(folder, runFiles.lock));
  if (holder !== undefined) process.kill(holder.pid, "SIGINT");
}

interface Launch {
  readonly cli: URL;
  readonly folder: string;
  readonly directory: string;
  readonly command: readonly string[];
}

async function launch({ cli, folder, directory, command }: Launch): Promise<void> {
  await mkdir(dirname(folder), { recursive: true });
  const child = spawn(process.execPath, [fileURLToPath(cli), ...command], {
    cwd: directory,
    detached: true,
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, ELECTRON_RUN_AS_NODE: "1" },
  });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-4000);
  });
  let ended: string | undefined;
  child.on("error", (error) => (ended = error.message));
  child.on("exit", (code) => (ended = said.trim() === "" ? `it ended with ${code ?? "a signal"}` : said.trim()));
  while ((await lockHolder(join(folder, runFiles.lock)))?.pid !== child.pid) {
    if (ended !== undefined) throw new RangeError(ended);
    await sleep(lookAgainMs);
  }
  child.unref();
}
