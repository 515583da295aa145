import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { runService } from "../../server/runs/run-service";
import { runRecord } from "../support/run-record";

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "deep-fusion-service-"))));
afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe("runService()", () => {
  test("finds runs where the hub cannot be opened, and says why there is none", async () => {
    const stage = { kind: "train", state: "done", inputs_sha256: "" } as const;
    const record = runRecord({ name: "r", stages: { a: stage } });
    mkdirSync(join(folder, "runs", "r"), { recursive: true });
    writeFileSync(join(folder, "runs", "r", "run.json"), JSON.stringify(record));
    const service = await runService({
      runtime: { cli: new URL("file:///none") },
      roots: [folder],
      onClose: "continue",
      onChange: () => undefined,
      openHub: () => Promise.reject(new Error("Cannot open the metrics hub: not permitted")),
    });
    try {
      expect(service.list().map(({ name, state }) => [name, state])).toEqual([["r", "done"]]);
      expect(() => service.address).toThrow("Cannot open the metrics hub: not permitted");
    } finally {
      await service.close();
    }
  });
});
