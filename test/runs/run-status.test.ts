import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { RunRecord, StageRecord, StageState } from "../../server/protocol/run";
import { writeControl } from "../../server/recipe/control-file";
import { acquireLock, type Lock } from "../../server/files/lock";
import { writeRun, writeStage } from "../../server/recipe/run-folder";
import { readStatus } from "../../server/runs/run-status";
import { logLines } from "../metrics/support/log-lines";
import { runRecord } from "../support/run-record";

let folder: string;
let locks: Lock[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "deep-fusion-status-"));
  locks = [];
});

afterEach(async () => {
  for (const lock of locks) await lock.release();
  await rm(folder, { recursive: true });
});

const stage = (state: StageState, more: Partial<StageRecord> = {}): StageRecord => ({
  kind: "train",
  state,
  inputs_sha256: "",
  ...more,
});

function record(stages: Record<string, StageRecord>, more: Partial<RunRecord> = {}) {
  return writeRun(folder, runRecord({ name: "demo", stages, ...more }));
}

async function lock(path: string): Promise<void> {
  locks.push(await acquireLock(join(folder, path)));
}

describe("readStatus() of a run with a process", () => {
  it.each([
    [undefined, undefined, "running"],
    [undefined, "pause", "pausing"],
    ["pausing", undefined, "pausing"],
    ["paused", undefined, "paused"],
    ["paused", "resume", "paused"],
    ["paused", "stop", "stopping"],
    ["stopping", undefined, "stopping"],
  ] as const)("that does %s, and is asked to %s, is %s", async (control, request, state) => {
    await record({ a: stage("running") }, control && { control });
    await lock(".lock");
    if (request !== undefined) await writeControl(folder, { request, pid: process.pid });
    const status = await readStatus(folder);
    expect(status).toMatchObject({ state, pid: process.pid, resumable: state === "paused" });
  });

  it("says what a running stage waits for, and of a killed run that it waits no more", async () => {
    const waits = "the disk is full; free some space";
    await record({ a: stage("running", { step: 5, waits }) });
    await lock(".lock");
    expect((await readStatus(folder)).stages[0]).toMatchObject({ state: "running", waits });
    await locks.pop()!.release();
    const { stages } = await readStatus(folder);
    expect(stages[0]).toMatchObject({ state: "stopped" });
    expect(stages[0]).not.toHaveProperty("waits");
  });

  it("does not take a request to an earlier process for its own", async () => {
    await record({ a: stage("running") });
    await lock(".lock");
    await writeControl(folder, { request: "stop", pid: process.pid + 1 });
    expect(await readStatus(folder)).toMatchObject({ state: "running" });
  });

  it("is starting until it has a record, and then shows how its stages go", async () => {
    await lock(".lock");
    expect(await readStatus(folder)).toMatchObject({ state: "starting", stages: [] });
    await record({ a: stage("running", { steps: 100, step: 3 }), b: stage("waiting") });
    await mkdir(join(folder, "a"));
    await writeFile(join(folder, "a/log.jsonl"), logLines(1, 50));
    const [a, b] = (await readStatus(folder)).stages;
    expect(a).toMatchObject({ name: "a", step: 50, latest: { step: 50 } });
    expect(a!.secondsLeft).toBeCloseTo(0.5, 1);
    expect(b).toEqual({ ...stage("waiting"), name: "b" });
  });

  it("says once what its stages wait for, and nothing once they go on", async () => {
    const waits = "the disk is full; the run goes on when there is space";
    const full = stage("running", { waits });
    await record({ a: full, b: full, c: stage("running") });
    await lock(".lock");
    expect(await readStatus(folder)).toMatchObject({ state: "running", waits: `a, b: ${waits}` });
    await record({ a: stage("running"), b: stage("done", { waits }) });
    expect(await readStatus(folder)).not.toHaveProperty("waits");
  });
});

describe("readStatus() of a run without a process", () => {
  it.each([
    ["done", { a: stage("done") }, {}, /^undefined$/],
    ["stopped", { a: stage("done"), b: stage("waiting") }, {}, /^undefined$/],
    ["failed", { a: stage("failed", { error: "no memory" }) }, {}, /^a: no memory$/],
    [
      "failed",
      { a: stage("failed", { error: "no engine" }), b: stage("failed", { error: "no engine" }) },
      {},
      /^a, b: no engine$/,
    ],
    ["failed", { a: stage("running") }, {}, /ended without a word.*resume/],
    ["failed", { a: stage("stopped") }, { control: "paused" }, /ended without a word/],
    [
      "done",
      { a: stage("done"), b: stage("waiting") },
      { resume: { recipe_file: "/x", parallel: 1, stage: "a" } },
      /^undefined$/,
    ],
  ] as const)("is %s with %o", async (state, stages, more, reason) => {
    await record(stages, more);
    const status = await readStatus(folder);
    expect(status).toMatchObject({ state, resumable: state !== "done" });
    expect(String(status.reason)).toMatch(reason);
  });

  it("is stopping while a trainer still saves, and believes its last word", async () => {
    await record({ a: stage("running", { step: 5 }) });
    await mkdir(join(folder, "a"));
    await lock("a/.lock");
    expect(await readStatus(folder)).toMatchObject({ state: "stopping" });
    await locks.pop()!.release();
    await writeStage(folder, "a", stage("stopped", { step: 7 }));
    expect((await readStatus(folder)).stages[0]).toMatchObject({ state: "stopped", step: 7 });
  });

  it("says that the recipe has changed since, but not that it has gone", async () => {
    const recipe = join(folder, "original.yaml");
    await record({ a: stage("done") }, { resume: { recipe_file: recipe, parallel: 1 } });
    await writeFile(join(folder, "recipe.fusion.yaml"), "version: 1\n");
    expect(await readStatus(folder)).toMatchObject({ recipe, recipeChanged: false });
    await writeFile(recipe, "version: 1\n");
    expect(await readStatus(folder)).toMatchObject({ recipeChanged: false });
    await writeFile(recipe, "version: 1\n# edited\n");
    expect(await readStatus(folder)).toMatchObject({ recipeChanged: true });
  });

  it.each(["", "{", "null", '{"version":1,"stages":null}', '{"version":1,"stages":{"a":null}}'])(
    "is shown with the reason where its record is %j",
    async (text) => {
      await writeFile(join(folder, "run.json"), text);
      const status = await readStatus(folder);
      expect(status).toMatchObject({ state: "failed", resumable: false, stages: [] });
      expect(status.reason).toMatch(/^Cannot (use|read) .*(version|JSON|damaged)/);
    },
  );
});
