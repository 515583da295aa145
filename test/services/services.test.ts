import { mkdirSync, mkdtempSync, promises, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { findCatalogue, stageCheckpoints } from "../../server/services/find-runs";
import { shortNames } from "../../server/services/short-names";
import { runRecord } from "../support/run-record";

describe("shortNames()", () => {
  test("of a run's checkpoints are their stages", () => {
    expect(shortNames(["/r/a/step-00000030", "/r/b/step-00000030"])).toEqual(["a", "b"]);
  });

  test("take as much of the path as tells them apart, and are the same for the same one", () => {
    expect(shortNames(["/r/a/step-00000020", "/r/a/step-00000030"])).toEqual([
      "step-00000020",
      "step-00000030",
    ]);
    expect(shortNames(["/x/m", "/y/m", "/x/m"])).toEqual(["x/m", "y/m", "x/m"]);
  });
});

describe("findCatalogue()", () => {
  let root: string;
  beforeEach(() => (root = mkdtempSync(join(tmpdir(), "deep-fusion-catalogue-"))));
  afterEach(() => {
    rmSync(root, { recursive: true });
  });

  function put(path: string, text: string): void {
    mkdirSync(join(root, path, ".."), { recursive: true });
    writeFileSync(join(root, path), text);
  }

  test("finds runs and loose checkpoints, and says which roots cannot be read", async () => {
    const stage = { kind: "train", state: "done", inputs_sha256: "" } as const;
    const record = runRecord({ name: "r", stages: { a: stage } });
    put("runs/r/run.json", JSON.stringify(record));
    for (const step of ["step-00000010", "step-00000002"]) {
      put(`runs/r/a/${step}/config.json`, "{}");
      put(`runs/r/a/${step}/model.safetensors`, "");
    }
    put("loose/config.json", "{}");
    put("loose/model.safetensors", "");
    const missing = join(root, "missing");
    const { runs, checkpoints, unreadable } = await findCatalogue([root, missing]);
    expect(runs).toMatchObject([
      { name: "r", state: "done", stages: [{ name: "a", state: "done" }] },
    ]);
    expect(checkpoints.map(({ name }) => name)).toEqual(["loose"]);
    expect(unreadable).toEqual([missing]);
    const steps = await stageCheckpoints(join(root, "runs/r"), "a");
    expect(steps.map(({ name }) => name)).toEqual(["step 2", "step 10"]);
  });

  test("finds a checkpoint in the Hub's cache, whose files are links, by its repository's name", async () => {
    const snapshot = "models--owner--name/snapshots/0123456789012345678901234567890123456789";
    put("models--owner--name/blobs/a", "{}");
    for (const name of ["config.json", "model.safetensors"]) {
      mkdirSync(join(root, snapshot), { recursive: true });
      symlinkSync("../../blobs/a", join(root, snapshot, name));
    }
    const { checkpoints } = await findCatalogue([join(root, snapshot)]);
    expect(checkpoints).toEqual([
      { directory: join(root, snapshot), name: "owner/name at 0123456" },
    ]);
    expect(shortNames([join(root, snapshot), "/r/a/step-00000030"])).toEqual([
      "owner/name at 0123456",
      "a",
    ]);
  });

  test("looks at no more folders than it shows: a thousand checkpoints of a run are one", async () => {
    const stage = { kind: "train", state: "done", inputs_sha256: "" } as const;
    const record = runRecord({ name: "r", stages: { a: stage } });
    put("r/run.json", JSON.stringify(record));
    const name = (step: number): string => `step-${String(step).padStart(8, "0")}`;
    for (let step = 1; step <= 1000; step++) {
      mkdirSync(join(root, "r/a", name(step)), { recursive: true });
    }
    const read = vi.spyOn(promises, "readdir");
    syncBuiltinESMExports();
    try {
      const { runs } = await findCatalogue([root]);
      expect(runs).toHaveLength(1);
      expect(read.mock.calls.length).toBeLessThanOrEqual(2);
      read.mockClear();
      const steps = await stageCheckpoints(join(root, "r"), "a");
      expect([steps.length, steps[0]?.name, steps.at(-1)?.name]).toEqual([
        1000,
        "step 1",
        "step 1,000",
      ]);
      expect(read).toHaveBeenCalledTimes(1);
    } finally {
      read.mockRestore();
      syncBuiltinESMExports();
    }
  });

  test("shows a damaged run with its problem beside the others", async () => {
    put("runs/bad/run.json", "{");
    const { runs } = await findCatalogue([root]);
    expect(runs).toHaveLength(1);
    expect(runs[0]?.problem).toMatch(/not JSON/);
  });
});
