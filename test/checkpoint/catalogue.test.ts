import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  listCheckpoints,
  type CatalogueEntry,
  type CatalogueOptions,
} from "../../server/checkpoint/catalogue";
import { temporaryFolders } from "./support/folder";

const newFolder = temporaryFolders();

function touch(...paths: readonly string[]): void {
  for (const path of paths) {
    mkdirSync(join(path, ".."), { recursive: true });
    writeFileSync(path, "{}");
  }
}

function checkpoint(...folders: readonly string[]): void {
  for (const folder of folders) {
    touch(join(folder, "config.json"), join(folder, "model.safetensors"));
  }
}

async function list(root: string, options?: CatalogueOptions): Promise<CatalogueEntry[]> {
  const entries: CatalogueEntry[] = [];
  for await (const entry of listCheckpoints(root, options)) entries.push(entry);
  return entries;
}

describe("listCheckpoints()", () => {
  test("finds runs' checkpoints by stage and step, in order, and plain ones", async () => {
    const root = newFolder();
    const run = join(root, "runs", "demo");
    touch(join(run, "run.json"), join(root, "flan", "model.safetensors.index.json"));
    touch(join(root, "flan", "config.json"), join(root, "notes", "config.json"));
    checkpoint(join(run, "a", "step-2"), join(run, "a", "step-00000010"), join(run, "fused"));
    expect(await list(root)).toEqual([
      { directory: join(root, "flan") },
      { directory: join(run, "a", "step-2"), run, stage: "a", step: 2 },
      { directory: join(run, "a", "step-00000010"), run, stage: "a", step: 10 },
      { directory: join(run, "fused"), run, stage: "fused" },
    ]);
  });

  test("passes over hidden folders, packages, links and what lies inside a checkpoint", async () => {
    const root = newFolder();
    checkpoint(
      join(root, ".m.staged-host-1-abcdef"),
      join(root, "node_modules", "m"),
      join(root, "m"),
      join(root, "m", "inner"),
    );
    symlinkSync(root, join(root, "loop"));
    expect(await list(root)).toEqual([{ directory: join(root, "m") }]);
  });

  test("of a checkpoint's own folder is that checkpoint", async () => {
    const root = newFolder();
    checkpoint(root);
    expect(await list(root)).toEqual([{ directory: root }]);
  });

  test("looks as deep as it is told to, and stops when it is told to", async () => {
    const root = newFolder();
    checkpoint(join(root, "a", "b"));
    expect(await list(root, { depth: 1 })).toEqual([]);
    await expect(list(root, { signal: AbortSignal.abort() })).rejects.toThrow(/abort/i);
  });

  test("refuses a folder that is not there", async () => {
    await expect(list(join(newFolder(), "no"))).rejects.toThrow(/Cannot list the checkpoints in/);
  });
});
