import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findNewRuns, findRuns } from "../../server/runs/find-runs";

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "deep-fusion-find-"));
  const records = ["runs/a", "runs/a/inner", "b", "deep/er/c", ".hidden/d", "node_modules/e"];
  for (const folder of records) {
    const record = join(root, folder, "run.json");
    await mkdir(dirname(record), { recursive: true });
    await writeFile(record, "{}");
  }
  await symlink(join(root, "runs"), join(root, "link"));
});

afterEach(async () => {
  await rm(root, { recursive: true });
});

describe("findRuns()", () => {
  it("finds runs at any depth, nearest first, and none inside of a run", async () => {
    const expected = ["b", "runs/a", "deep/er/c"].map((name) => join(root, name));
    expect(await findRuns([root, root, join(root, "nowhere")])).toEqual(expected);
  });

  it("looks only so deep, and into so many folders", async () => {
    expect(await findRuns([root], { depth: 1 })).toEqual([join(root, "b")]);
    expect(await findRuns([root], { most: 1 })).toEqual([]);
  });
});

describe("findNewRuns()", () => {
  it("finds those directly in a folder that are not known", async () => {
    await mkdir(join(root, "runs/not-yet"));
    const none = await findNewRuns(join(root, "runs"), (run) => run.endsWith("a"));
    expect(none).toEqual([]);
    const runs = await findNewRuns(join(root, "runs"), () => false);
    expect(runs).toEqual([join(root, "runs/a")]);
  });
});
