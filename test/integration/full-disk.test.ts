import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readRun } from "../../server/recipe/run-folder";
import { readStatus } from "../../server/runs/run-status";
import { openNewest } from "../../server/training/stage-folder";
import { command, startCommand, type StartedCommand } from "../support/command-line";
import { trainerOf, until, weightsOf } from "../support/run-folder";
import { diskKinds, type SmallDisk, smallDisk } from "../support/small-disk";

const recipe = `version: 1
corpora: { books: { embedded: moby-dick } }
models: { small: { preset: t5-nano } }
defaults:
  train: { inputs: 32, batch: 4, steps: 400, schedule: { kind: wsd, peak: 0.02 }, evaluate_every: 200,
           evaluate_examples: 8, checkpoint_every: 60, heatmaps_every: 200 }
stages:
  a: { train: small, seed: 1 }
  fused: { fuse: a, copies: 2, method: rule, fill: 0.1 }
`;

const kinds = diskKinds();

/** Of a run that nobody disturbed, on whatever disk. */
let undisturbed: Map<string, string>;

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), "deep-fusion-whole-"));
  await writeFile(join(folder, "small.fusion.yaml"), recipe);
  const sizes = ["--out", "whole", "--threads", "1"];
  expect(await command(folder, "run", "small.fusion.yaml", ...sizes)).toMatchObject({ code: 0 });
  undisturbed = await weightsOf(join(folder, "whole"));
  await rm(folder, { recursive: true });
});

describe.each(kinds)("a run on a full disk (%s)", (kind) => {
  let disk: SmallDisk;

  beforeAll(async () => {
    disk = await smallDisk(kind);
    await writeFile(join(disk.folder, "small.fusion.yaml"), recipe);
  });

  afterAll(() => disk.close());

  const run = () => join(disk.folder, "run");

  /** Fills the disk once stage a has that checkpoint, or a later one, and waits until the run has noticed. */
  async function paused({ child }: StartedCommand, checkpoint: string) {
    let stderr = "";
    child.stderr?.on("data", (text: string) => (stderr += text));
    const trainer = await trainerOf(run(), "a");
    await until(checkpoint, async () => {
      const names = await readdir(join(run(), "a"));
      return names.some((name) => name.startsWith("step-") && name >= checkpoint);
    });
    const processes = [child.pid!, trainer];
    await disk.fill(processes);
    await until("the run to pause", () => Promise.resolve(stderr.includes("the run goes on when")));
    expect(stderr).toMatch(
      /^a: pauses at step \d+: .*(the disk is full; free some space|the limit .* is reached; raise it)/m,
    );
    // A limit on files shows in no file system, and leaves no room for the note either.
    if (kind === "a file system of its own") {
      // The note that it waits takes room too, and is tried again until there is some.
      await expect
        .poll(async () => {
          const { state, waits } = await readStatus(run());
          return `${state}: ${waits}`;
        })
        .toMatch(/^running: .*the disk is full; free some/);
    }
    const kept = await openNewest(join(run(), "a"));
    expect(kept?.trainerState).toBeDefined();
    await kept?.close();
    return processes;
  }

  /** By whoever looks at the run, though its disk has no byte left. */
  async function waitsAreSaid(): Promise<void> {
    const reason = /the disk is full; free some space .*; the run goes on when there is space/;
    const waits = async () => (await readStatus(run())).stages[0]!.waits;
    await until("the run to say what it waits for", async () => (await waits()) !== undefined);
    expect(await waits()).toMatch(reason);
    const { stdout } = await command(disk.folder, "status", "run");
    expect(stdout).toMatch(/^run in run: waiting, process \d+/);
    expect(stdout).toMatch(new RegExp(`^a waits: .*${reason.source}`, "m"));
  }

  it("stops at Ctrl-C with the old checkpoint and what to do", async () => {
    const flags = ["--out", "run", "--threads", "1"];
    const started = startCommand(disk.folder, "run", "small.fusion.yaml", ...flags);
    const processes = await paused(started, "step-00000060");
    started.child.kill("SIGINT");
    const { code, stderr } = await started.ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/^a: stopped/m);
    expect(stderr).not.toContain("unexpected");
    const alive = processes.filter((pid) => isAlive(pid));
    expect(alive).toEqual([]);
    if (kind === "a file system of its own") await disk.free([]);
  });

  it("pauses, and goes on to the same bytes when there is space", async () => {
    const resumed = startCommand(disk.folder, "resume", "run");
    const processes = await paused(resumed, "step-00000180");
    // Processes that may write no byte at all cannot note it.
    if (kind === "a file system of its own") await waitsAreSaid();
    await disk.free(processes);
    expect(await resumed.ended).toMatchObject({ code: 0 });
    expect((await readRun(run())).stages.a?.waits).toBeUndefined();
    expect(await readdir(run())).not.toContain(".spare");
    expect(await weightsOf(run())).toEqual(undisturbed);
  });
});

describe.runIf(kinds.includes("a file system of its own"))("a fusion on a full disk", () => {
  it("pauses, and goes on when there is space", async () => {
    const disk = await smallDisk("a file system of its own");
    try {
      await writeFile(
        join(disk.folder, "small.fusion.yaml"),
        recipe.replace("steps: 400", "steps: 5"),
      );
      const args = ["run", "small.fusion.yaml", "--out", "run", "--threads", "1"];
      expect(await command(disk.folder, ...args, "--stage", "a")).toMatchObject({ code: 0 });
      await disk.fill([], 128 * 1024);
      const { child, ended } = startCommand(disk.folder, ...args);
      let stderr = "";
      child.stderr?.on("data", (text: string) => (stderr += text));
      await until("the fusion to pause", () => Promise.resolve(stderr.includes("fused: pauses: ")));
      const { waits } = await readStatus(join(disk.folder, "run"));
      expect(waits).toMatch(
        /^fused: the disk is full; free some space .*goes on when there is space$/,
      );
      await disk.free([]);
      expect(await ended).toMatchObject({ code: 0 });
      expect([...(await weightsOf(join(disk.folder, "run"))).keys()]).toContain(
        "fused/step-00000000/model.safetensors",
      );
    } finally {
      await disk.close();
    }
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
