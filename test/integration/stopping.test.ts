import { once } from "node:events";
import { watch } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openCheckpoint } from "../../server/checkpoint/checkpoint";
import { weightsSha256 } from "../../server/checkpoint/hash";
import { writeParent } from "../fusion/support/parent-folders";
import { configured } from "../fusion/support/parents";
import { command, startCommand, type StartedCommand } from "../support/command-line";
import { logged, trainerOf, until } from "../support/run-folder";

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "deep-fusion-stopping-"));
});

afterAll(async () => {
  await rm(directory, { recursive: true });
});

describe("fuse", () => {
  /** Large enough that writing the child takes a while. */
  const configuration = configured({
    vocab_size: 4000,
    d_model: 384,
    d_ff: 1024,
    num_heads: 6,
    d_kv: 64,
  });

  beforeAll(async () => {
    await writeParent(join(directory, "a"), configuration, 1);
    await writeParent(join(directory, "b"), configuration, 2);
  });

  const fuse = (out: string, seed: number) =>
    startCommand(
      directory,
      "fuse",
      "a",
      "b",
      "--out",
      out,
      "--fill",
      "0.1",
      "--seed",
      String(seed),
    );

  async function hashOf(name: string): Promise<string> {
    const checkpoint = await openCheckpoint(join(directory, name));
    try {
      return await weightsSha256(checkpoint.weights);
    } finally {
      await checkpoint.close();
    }
  }

  /** Ctrl-C while the child's weights are half on the disk: the file has its size at once, and is full of holes. */
  async function interrupted(folder: string, { child, ended }: StartedCommand) {
    await mkdir(folder, { recursive: true });
    const watcher = watch(folder);
    await once(watcher, "change");
    watcher.close();
    const staged = (await readdir(folder)).find((name) => name.includes(".staged-"));
    const weights = join(folder, staged!, "model.safetensors");
    const header = 64 * 1024; // more than there is
    while ((await allocated(weights)).bytes < header) await sleep(1);
    // Stopped, so that nothing is written while it is looked at.
    child.kill("SIGSTOP");
    const { bytes, whole } = await allocated(weights);
    child.kill("SIGINT");
    child.kill("SIGCONT");
    expect(bytes).toBeLessThan(whole);
    return ended;
  }

  async function allocated(file: string): Promise<{ bytes: number; whole: number }> {
    const found = await stat(file).catch(() => undefined); // not yet
    return { bytes: (found?.blocks ?? 0) * 512, whole: found?.size ?? 0 };
  }

  it("stopped while it writes leaves nothing where nothing was, and the old child where one was", async () => {
    expect(await fuse("children/old", 1).ended).toMatchObject({ code: 0 });
    const before = await hashOf("children/old");
    for (const out of ["new/child", "children/old"]) {
      const folder = join(directory, out, "..");
      const end = await interrupted(folder, fuse(out, 2));
      expect(end).toMatchObject({
        code: 1,
        stdout: "",
        stderr: expect.stringMatching(
          /deep-fusion: stopped; nothing is left half-written\n$/,
        ) as string,
      });
    }
    expect(await readdir(join(directory, "new"))).toEqual([]);
    expect(await readdir(join(directory, "children"))).toEqual(["old"]);
    expect(await hashOf("children/old")).toBe(before);
  });
});

describe("run", () => {
  /** A step takes far longer than the test waits in the second one: the first has to end before the log shows it. */
  const slow = `version: 1
corpora: { books: { embedded: moby-dick } }
models: { small: { preset: t5-nano } }
stages:
  a: { train: small, corpus: books, inputs: 512, batch: 512, micro_batch: 16, steps: 3, seed: 1,
       schedule: { kind: constant, peak: 0.02 }, evaluate_examples: 8 }
`;

  it("waits for the step in progress at Ctrl-C, and at the second one no longer", async () => {
    await writeFile(join(directory, "slow.fusion.yaml"), slow);
    const { child, ended } = startCommand(directory, "run", "slow.fusion.yaml", "--out", "slow");
    let stderr = "";
    child.stderr?.on("data", (text: string) => (stderr += text));
    const folder = join(directory, "slow");
    await logged(folder, "a", 2);
    const trainer = await trainerOf(folder, "a");
    child.kill("SIGINT");
    await until("the first answer", () =>
      Promise.resolve(stderr.includes("Ctrl-C again stops at once")),
    );
    await sleep(500);
    expect(child.exitCode).toBeNull();
    const askedAt = performance.now();
    child.kill("SIGINT");
    expect(await ended).toMatchObject({ code: 1 });
    expect(performance.now() - askedAt).toBeLessThan(5000);
    expect(() => process.kill(trainer, 0)).toThrow("ESRCH");
    expect((await readdir(join(folder, "a"))).filter((name) => name.startsWith("step-"))).toEqual(
      [],
    );
    const { stdout } = await command(directory, "status", "slow");
    expect(stdout).toMatch(/^a +stopped/m);
  });
});
