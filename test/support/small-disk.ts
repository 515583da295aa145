/**
 * Disks that a test can fill: a file system in memory, which the system lets root alone mount; and for everybody on
 * Linux a limit on the size of files, lowered and raised again for processes that run.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtemp, open, rm, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDiskFull } from "../../server/files/system-reason";

export interface SmallDisk {
  readonly folder: string;
  /** Nothing more fits; small files do where some bytes are left. `processes`: those that shall find it so. */
  fill(processes: readonly number[], leftBytes?: number): Promise<void>;
  free(processes: readonly number[]): Promise<void>;
  close(): Promise<void>;
}

export type DiskKind = "a file system of its own" | "a limit on the size of files";

/** What this machine and this user can have. */
export function diskKinds(): readonly DiskKind[] {
  if (process.platform !== "linux") return [];
  const kinds: DiskKind[] = ["a limit on the size of files"];
  // In a namespace of its own the mount is gone with the command.
  const mount = ["--mount", "mount", "-t", "tmpfs", "tmpfs", tmpdir()];
  if (process.getuid?.() === 0 && spawnSync("unshare", mount).status === 0) {
    kinds.push("a file system of its own");
  }
  return kinds;
}

export async function smallDisk(kind: DiskKind): Promise<SmallDisk> {
  const folder = await mkdtemp(join(tmpdir(), "deep-fusion-disk-"));
  return kind === "a file system of its own" ? mounted(folder) : limited(folder);
}

function mounted(folder: string): SmallDisk {
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=32m", "tmpfs", folder]);
  const ballast = join(folder, "ballast");
  return {
    folder,
    fill: async (_, leftBytes = 0) => {
      const sizeBytes = await writeUntilFull(ballast);
      await truncate(ballast, sizeBytes - leftBytes);
    },
    free: () => rm(ballast),
    close: async () => {
      // A process that was killed just now may hold it open for a moment more.
      execFileSync("umount", ["--lazy", folder]);
      await rm(folder, { recursive: true });
    },
  };
}

async function writeUntilFull(file: string): Promise<number> {
  const handle = await open(file, "w");
  try {
    for (;;) await handle.write(new Uint8Array(4096));
  } catch (error) {
    if (!isDiskFull(error)) throw error;
    return (await handle.stat()).size;
  } finally {
    await handle.close();
  }
}

function limited(folder: string): SmallDisk {
  const limit = (processes: readonly number[], size: string): Promise<void> => {
    for (const pid of processes) execFileSync("prlimit", [`--pid=${pid}`, `--fsize=${size}:`]);
    return Promise.resolve();
  };
  return {
    folder,
    fill: (processes, leftBytes = 0) => limit(processes, String(leftBytes)),
    free: (processes) => limit(processes, "unlimited"),
    close: () => rm(folder, { recursive: true }),
  };
}
