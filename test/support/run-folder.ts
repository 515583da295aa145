/** What lies in a run's folder, as tests look at it. */
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { lockHolder } from "../../server/files/lock";
import { readRun, runFiles } from "../../server/recipe/run-folder";

/** SHA-256 of every stage's newest weights and optimizer state, by path. */
export async function weightsOf(run: string): Promise<Map<string, string>> {
  const hashes = new Map<string, string>();
  for (const { checkpoint } of Object.values((await readRun(run)).stages)) {
    if (checkpoint === undefined) continue;
    for (const name of await readdir(join(run, checkpoint))) {
      if (!name.endsWith(".safetensors")) continue;
      const bytes = await readFile(join(run, checkpoint, name));
      hashes.set(`${checkpoint}/${name}`, createHash("sha256").update(bytes).digest("hex"));
    }
  }
  return hashes;
}

/** Waits until the stage's log has that many lines. */
export async function logged(run: string, stage: string, lines: number): Promise<void> {
  const file = join(run, stage, "log.jsonl");
  await until(`${lines} lines in ${file}`, async () => {
    const text = await readFile(file, "utf8").catch(() => "");
    return text.split("\n").length > lines;
  });
}

/** The process that trains the stage. */
export async function trainerOf(run: string, stage: string): Promise<number> {
  let pid: number | undefined;
  await until(`the trainer of ${stage}`, async () => {
    pid = (await lockHolder(join(run, stage, runFiles.lock)))?.pid;
    return pid !== undefined;
  });
  return pid!;
}

/** Looks every 20 ms, for a minute and a half. */
export async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  for (let looks = 0; looks < 10_000; looks++) {
    if (await isSo()) return;
    await sleep(20);
  }
  throw new Error(`Cannot wait any longer for ${what}`);
}
