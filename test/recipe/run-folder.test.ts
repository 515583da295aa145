import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { findRun, readRun, writeRun } from "../../server/recipe/run-folder";
import { runRecord } from "../support/run-record";

const record = runRecord({ stages: { a: { kind: "train", state: "waiting", inputs_sha256: "" } } });

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "deep-fusion-run-folder-"))));
afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe("writeRun()", () => {
  test("is read back as it was written, and leaves nothing beside", async () => {
    await writeRun(folder, record);
    expect(await readRun(folder)).toEqual(record);
    expect(readdirSync(folder)).toEqual(["run.json"]);
  });

  test("says which file the system refuses, why, and what to do", async () => {
    const gone = join(folder, "gone");
    await expect(writeRun(gone, record)).rejects.toThrow(
      `Cannot write ${join(gone, "run.json")}: its folder is not there; make it first, or name another (ENOENT)`,
    );
    mkdirSync(join(folder, "run.json"));
    await expect(writeRun(folder, record)).rejects.toThrow(
      `Cannot write ${join(folder, "run.json")}: it is a folder; name a file in it (EISDIR)`,
    );
    expect(readdirSync(folder)).toEqual(["run.json"]);
  });
});

describe("findRun()", () => {
  test("says what is wrong with a run.json", async () => {
    const file = join(folder, "run.json");
    writeFileSync(file, "{");
    await expect(findRun(folder)).rejects.toThrow(`Cannot read ${file}: it is not JSON`);
    rmSync(file);
    mkdirSync(file);
    await expect(findRun(folder)).rejects.toThrow(`Cannot read ${file}: it is a folder (EISDIR)`);
  });

  test.each([
    [{ version: 2 }, "its run.json is of another version (2; this program knows 1)"],
    [null, "its run.json is of another version (none; this program knows 1)"],
    [{ ...record, engine: 3 }, "its run.json is damaged: engine is not a text"],
    [{ ...record, stages: null }, "its run.json is damaged: it has no stages"],
    [
      { ...record, stages: { a: { kind: "train", state: "lost" } } },
      "its run.json is damaged: stages.a has no kind or state",
    ],
  ])("says what is missing in run.json, as %j", async (json, problem) => {
    writeFileSync(join(folder, "run.json"), JSON.stringify(json));
    await expect(findRun(folder)).rejects.toThrow(
      `Cannot use ${folder} as a run's folder: ${problem}`,
    );
  });

  test("says why a path cannot be a run's folder", async () => {
    const file = join(folder, "file");
    writeFileSync(file, "");
    expect(await findRun(join(folder, "gone"))).toBeUndefined();
    await expect(findRun(folder)).rejects.toThrow("the folder holds other files");
  });
});
