import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openCheckpoint } from "../../server/checkpoint/checkpoint";
import { summarise } from "../../server/checkpoint/summary";
import { writeCheckpoint } from "../../server/checkpoint/write-checkpoint";
import { tiny } from "./support/configurations";
import { temporaryFolders } from "./support/folder";
import { trained } from "./support/lineages";
import { sequenceSource } from "./support/sources";

const newFolder = temporaryFolders();

async function written(folder: string): Promise<string> {
  await writeCheckpoint(folder, {
    configuration: tiny,
    weights: sequenceSource(tiny),
    lineage: trained(1),
  });
  return folder;
}

describe("a checkpoint's file that is a link", () => {
  test.each(["model.safetensors", "optimizer.safetensors", "config.json", "tokenizer.json"])(
    "to elsewhere, or to nothing, is refused: %s",
    async (name) => {
      const folder = await written(join(newFolder(), "checkpoint"));
      const elsewhere = join(newFolder(), "private.key");
      rmSync(join(folder, name), { force: true });
      symlinkSync(elsewhere, join(folder, name));
      await expect(openCheckpoint(folder)).rejects.toThrow(
        `Cannot open ${folder}: ${name} is missing; fetch it again`,
      );
      writeFileSync(elsewhere, "{}");
      const outside = new RegExp(`${name} is a link to .*private\\.key, outside of`);
      await expect(openCheckpoint(folder)).rejects.toThrow(outside);
      await expect(summarise(folder)).rejects.toThrow(outside);
    },
  );

  test("within the folder is followed, and one of no checkpoint's file is passed over", async () => {
    const folder = await written(join(newFolder(), "checkpoint"));
    renameSync(join(folder, "model.safetensors"), join(folder, "weights"));
    symlinkSync("weights", join(folder, "model.safetensors"));
    symlinkSync(newFolder(), join(folder, "notes"));
    await (await openCheckpoint(folder)).close();
  });

  test("is followed into the cache of Hugging Face, and through a link to the whole folder", async () => {
    const repository = newFolder();
    const snapshot = await written(join(repository, "snapshots", "0123abc"));
    mkdirSync(join(repository, "blobs"));
    for (const name of ["model.safetensors", "config.json"]) {
      renameSync(join(snapshot, name), join(repository, "blobs", name));
      symlinkSync(join("..", "..", "blobs", name), join(snapshot, name));
    }
    const whole = join(newFolder(), "link");
    symlinkSync(snapshot, whole);
    for (const folder of [snapshot, whole]) await (await openCheckpoint(folder)).close();
  });
});
