import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { acquireLock, LockedError, lockHolder } from "../../server/files/lock";

let directory: string;
let path: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "deep-fusion-lock-"));
  path = join(directory, ".lock");
});

afterEach(() => rm(directory, { recursive: true }));

const since = "2026-01-01T00:00:00.000Z";
const write = (holder: object) =>
  writeFile(path, JSON.stringify({ since, host: hostname(), ...holder }));

describe("acquireLock()", () => {
  it("keeps a second one out until the first is released", async () => {
    const lock = await acquireLock(path);
    await expect(acquireLock(path)).rejects.toThrow(LockedError);
    expect(await lockHolder(path)).toMatchObject({ pid: process.pid });
    await lock.release();
    await (await acquireLock(path)).release();
    expect(await readdir(directory)).toEqual([]);
  });

  it("lets one of many in", async () => {
    const results = await Promise.allSettled(Array.from({ length: 12 }, () => acquireLock(path)));
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(await readdir(directory)).toEqual([".lock"]);
  });

  it("takes over the lock of a dead process, of one with a used-again id, and a torn one", async () => {
    const dead = { pid: 2 ** 22 + 1 };
    const usedAgain = { pid: process.pid, process_start: "another time" };
    for (const holder of [dead, usedAgain]) {
      await write(holder);
      expect(await lockHolder(path)).toBeUndefined();
      await (await acquireLock(path)).release();
    }
    await writeFile(path, '{ "pid": 1');
    await (await acquireLock(path)).release();
  });

  // Only Linux tells of them, in /proc.
  it.runIf(process.platform === "linux")("takes over from one that nobody buried", async () => {
    // The second program never waits for the child of the first, which it replaces.
    const parent = spawn("sh", ["-c", "true & echo $!; exec sleep 30"]);
    try {
      const [line] = (await once(parent.stdout, "data")) as [Buffer];
      await write({ pid: Number(line.toString()) });
      await expect.poll(() => lockHolder(path)).toBeUndefined();
    } finally {
      parent.kill();
    }
  });

  it("respects the lock of another machine, whose processes it cannot see", async () => {
    await write({ pid: 2 ** 22 + 1, host: "elsewhere" });
    await expect(acquireLock(path)).rejects.toThrow(/on elsewhere/);
    expect(await readFile(path, "utf8")).toContain("elsewhere");
  });
});
