import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import type { CarriedTensor } from "../../server/checkpoint/carried-tensors";
import type { T5Configuration } from "../../server/checkpoint/configuration";
import type { TensorSource } from "../../server/checkpoint/tensor-source";
import { type Checkpoint, openCheckpoint } from "../../server/checkpoint/checkpoint";
import { summarise } from "../../server/checkpoint/summary";
import { writeCheckpoint } from "../../server/checkpoint/write-checkpoint";
import { type FuseOptions, fuseCheckpoints, fusionParent } from "../../server/fusion/fuse";
import { planFusion } from "../../server/fusion/plan";
import { randomProbe } from "../../server/fusion/random-probe";
import { engineProbe } from "../../server/training/probe-model";
import { referenceEngine } from "../support/reference-engine";
import { randomWeights, small } from "../fusion/support/parents";
import { tiny } from "./support/configurations";
import { temporaryFolders } from "./support/folder";
import { trained } from "./support/lineages";
import { sequenceSource } from "./support/sources";

const newFolder = temporaryFolders();
const open: Checkpoint[] = [];

afterEach(async () => {
  for (const checkpoint of open.splice(0)) await checkpoint.close();
});

const bytesOf = (values: BigInt64Array | Int32Array | Uint8Array) =>
  new Uint8Array(values.slice().buffer);

function carrying(name: string, dtype: string, values: Uint8Array<ArrayBuffer>): CarriedTensor {
  const width = { I64: 8, I32: 4, I16: 2, BOOL: 1, U8: 1 }[dtype]!;
  return { name, dtype, shape: [values.length / width], read: () => Promise.resolve(values) };
}

/** Widths in an order in which they would not lie at multiples of themselves. */
const several = [
  carrying("seen", "BOOL", bytesOf(Uint8Array.of(1, 0, 1))),
  carrying("positions", "I64", bytesOf(BigInt64Array.of(5n, -6n, 7n))),
  carrying("steps", "I32", bytesOf(Int32Array.of(-8, 9, 10))),
];

/** Exact in every format. */
function rounded(configuration: T5Configuration): TensorSource {
  const source = randomWeights(configuration, 1);
  const read = async (name: string) =>
    (await source.read(name)).map((value) => Math.round(64 * value) / 64);
  return { ...source, read };
}

async function written(
  carried: readonly CarriedTensor[],
  configuration = tiny,
): Promise<Checkpoint> {
  const folder = join(newFolder(), "checkpoint");
  const weights = configuration === tiny ? sequenceSource(tiny) : rounded(configuration);
  await writeCheckpoint(folder, { configuration, weights, carried, lineage: trained(1) });
  const checkpoint = await openCheckpoint(folder);
  open.push(checkpoint);
  return checkpoint;
}

async function valuesOf({ carried }: Checkpoint) {
  const read = carried.map(async (one) => [one.name, one.dtype, [...(await one.read())]] as const);
  return (await Promise.all(read)).sort();
}

describe("whole numbers beside the weights", () => {
  test("are read, shown, and written again to the same bytes", async () => {
    const first = await written(several);
    expect(await valuesOf(first)).toEqual(await valuesOf({ ...first, carried: several }));
    expect([...first.weights.shapes.keys()]).not.toContain("steps");
    expect(await first.weights.read("shared.weight")).toEqual(
      await sequenceSource(tiny).read("shared.weight"),
    );
    const second = await written(first.carried);
    const file = (checkpoint: Checkpoint) =>
      readFileSync(join(checkpoint.directory, "model.safetensors"));
    expect(file(second).equals(file(first))).toBe(true);
    const { tensors } = await summarise(first.directory);
    for (const { name, shape, position, sizeBytes } of tensors) {
      const width = sizeBytes / shape.reduce((product, size) => product * size, 1);
      expect([name, position % width]).toEqual([name, 0]);
    }
  });

  test("are refused where they are too many to be company, or stand in a weight's place", async () => {
    const large = carrying("codes", "U8", new Uint8Array(17 * 2 ** 20));
    await expect(written([large])).rejects.toThrow(/tensor codes is not part of this model/);
  });
});

describe("fuseCheckpoints()", () => {
  const engine = engineProbe(referenceEngine());

  async function fused(
    parents: readonly Checkpoint[],
    rest: Partial<FuseOptions> = {},
  ): Promise<Checkpoint> {
    const directory = join(newFolder(), "child");
    await fuseCheckpoints({
      parents: parents.map((checkpoint, i) => ({ name: `p${i}`, checkpoint })),
      ...{ directory, method: "property", copies: 1, fill: 0, seed: 0, optimizer: "reset" },
      probe: randomProbe([small], { method: "property", seed: 0 }),
      ...{ model: engine, createdBy: "test", ...rest },
    });
    const child = await openCheckpoint(directory);
    open.push(child);
    return child;
  }

  const notesOf = (parents: readonly Checkpoint[]) =>
    planFusion(
      parents.map((checkpoint, i) => fusionParent({ name: `p${i}`, checkpoint })),
      { method: "property", copies: 1 },
    ).notes.join();

  test("carries over what all parents have, in any format and in shards", async () => {
    const parents = [await written(several, small), await written(several, small)];
    expect(notesOf(parents)).not.toContain("Beside the weights");
    for (const dtype of ["F32", "F16"] as const) {
      const child = await fused(parents, { dtype, maxShardBytes: 500 });
      expect(await valuesOf(child)).toEqual(await valuesOf(parents[0]!));
      expect(readdirSync(child.directory)).toContain("model.safetensors.index.json");
    }
  });

  test("leaves out what they do not have alike, and says so where headers tell", async () => {
    const other = several.map((one) =>
      one.name === "steps" ? carrying("steps", "I32", bytesOf(Int32Array.of(1, 2, 3))) : one,
    );
    const parents = [await written(several, small), await written(other.slice(1), small)];
    expect(notesOf(parents)).toContain(
      "Beside the weights lie seen, which not all parents have alike: the child goes without.",
    );
    const child = await fused(parents);
    expect(child.carried.map(({ name }) => name)).toEqual(["positions"]);
  });
});
