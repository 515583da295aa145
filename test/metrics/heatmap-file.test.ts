import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  openHeatMapFile,
  readHeatMap,
  readHeatMapIndex,
  repairHeatMaps,
} from "../../server/metrics/heatmap-file";
import type { HeatMap } from "../../server/protocol/metrics";

function map(step: number, kernel: string, columns = 2): HeatMap {
  return {
    step,
    kernel,
    rows: 2,
    columns,
    shape: [8, 4 * columns],
    rowBorders: [0, 4],
    columnBorders: [0, 4],
    values: Float32Array.from({ length: 2 * columns }, (_, i) => step + i / 8),
  };
}

const maps = [map(0, "shared.weight"), map(0, "größer", 3), map(100, "shared.weight")];

let folder = "";
let file = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "heatmaps-"));
  file = join(folder, "heatmaps.bin");
});
beforeEach(async () => {
  await rm(file, { force: true });
});
afterAll(() => rm(folder, { recursive: true }));

async function write(written: readonly HeatMap[]): Promise<void> {
  const heatMaps = await openHeatMapFile(file);
  for (const one of written) heatMaps.append(one);
  await heatMaps.close();
}

async function read(): Promise<HeatMap[]> {
  const index = await readHeatMapIndex(file);
  return Promise.all(index.map((entry) => readHeatMap(file, entry)));
}

describe("a heat-map file", () => {
  test("gives back what was appended, over several openings", async () => {
    await write(maps.slice(0, 1));
    await write(maps.slice(1));
    expect(await read()).toEqual(maps);
  });

  test("that is missing is empty", async () => {
    expect(await readHeatMapIndex(file)).toEqual([]);
  });

  test("is read and repaired when cut off at any byte", async () => {
    await write(maps);
    const whole = await readFile(file);
    const ends = (await readHeatMapIndex(file)).map(({ end }) => end);
    for (let length = 0; length <= whole.length; length += 13) {
      await writeFile(file, whole.subarray(0, length));
      const kept = ends.filter((end) => end <= length).length;
      expect(await read()).toEqual(maps.slice(0, kept));
      await repairHeatMaps(file, 100);
      await write(maps.slice(2));
      expect(await read()).toEqual([...maps.slice(0, kept), ...maps.slice(2)]);
    }
  });

  test("loses the maps beyond the checkpoint's step when it is repaired", async () => {
    await write(maps);
    await repairHeatMaps(file, 99);
    expect(await read()).toEqual(maps.slice(0, 2));
    await repairHeatMaps(file, undefined);
    expect(await read()).toEqual([]);
  });

  test("with a flipped bit is refused with the kernel's name", async () => {
    await write(maps);
    const bytes = await readFile(file);
    const [first] = await readHeatMapIndex(file);
    bytes[first!.end - 1]! ^= 1;
    await writeFile(file, bytes);
    await expect(readHeatMap(file, first!)).rejects.toThrow("shared.weight at step 0 is damaged");
  });

  test("that is something else is refused", async () => {
    await writeFile(file, "not a heat map");
    await expect(readHeatMapIndex(file)).rejects.toThrow("not a heat-map file");
  });
});
