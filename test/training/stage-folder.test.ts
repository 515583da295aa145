import { mkdir, readdir, truncate } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { childLineage, noCost } from "../../server/checkpoint/lineage";
import { parameterShapes } from "../../server/checkpoint/parameters";
import { writeCheckpoint } from "../../server/checkpoint/write-checkpoint";
import {
  checkpointDirectory,
  checkpointSteps,
  openNewest,
  pruneCheckpoints,
} from "../../server/training/stage-folder";
import { tinyModel, withFolder } from "./support/tiny-stage";

async function write(directory: string, step: number): Promise<void> {
  const shapes = parameterShapes(tinyModel);
  const sizeOf = (name: string) => (shapes.get(name) ?? []).reduce((n, axis) => n * axis, 1);
  await writeCheckpoint(checkpointDirectory(directory, step), {
    configuration: tinyModel,
    weights: { shapes, read: (name) => Promise.resolve(new Float32Array(sizeOf(name))) },
    lineage: childLineage({
      createdBy: "test",
      operation: { kind: "trained", steps: step },
      ownCost: noCost,
      parents: [],
    }),
    trainerState: { step },
  });
}

describe("a stage's folder", () => {
  test("lists its checkpoints by step, newest first, and nothing else", async () => {
    await withFolder(async (directory) => {
      for (const name of ["step-00000009", "step-00000100", ".step-00000200.staged", "step-x"]) {
        await mkdir(join(directory, name));
      }
      expect(await checkpointSteps(directory)).toEqual([100, 9]);
      expect(await checkpointSteps(join(directory, "new"))).toEqual([]);
      expect(await openNewest(join(directory, "new"))).toBeUndefined();
    });
  });

  test("keeps the newest checkpoints, and always one", async () => {
    await withFolder(async (directory) => {
      for (const name of ["step-00000001", "step-00000002", "step-00000003", ".pruned-0"]) {
        await mkdir(join(directory, name));
      }
      await pruneCheckpoints(directory, 2);
      expect(await readdir(directory)).toEqual(["step-00000002", "step-00000003"]);
      await pruneCheckpoints(directory, 0);
      expect(await readdir(directory)).toEqual(["step-00000003"]);
    });
  });

  test("opens the newest checkpoint that is whole", async () => {
    await withFolder(async (directory) => {
      await write(directory, 1);
      await write(directory, 2);
      await truncate(join(checkpointDirectory(directory, 2), "model.safetensors"), 100);
      const newest = await openNewest(directory);
      expect(newest?.trainerState).toEqual({ step: 1 });
      await newest?.close();
    });
  });

  test("with nothing but damage is refused, not begun anew", async () => {
    await withFolder(async (directory) => {
      await write(directory, 2);
      await truncate(join(checkpointDirectory(directory, 2), "model.safetensors"), 100);
      await expect(openNewest(directory)).rejects.toThrow("model.safetensors");
    });
  });
});
