import { mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { type Checkpoint, openCheckpoint } from "../../../server/checkpoint/checkpoint";
import { encodeValues } from "../../../server/checkpoint/dtypes";
import { weightsSha256 } from "../../../server/checkpoint/hash";
import { openStoredTensors } from "../../../server/checkpoint/stored-tensors";
import { planFusion } from "../../../server/fusion/plan";
import { Crew } from "../../../server/fusion/stream/crew";
import { ParentHashes } from "../../../server/fusion/stream/identity";
import { type ChildFiles, writeChild } from "../../../server/fusion/stream/write-child";
import { temporaryFolders } from "../../checkpoint/support/folder";
import { distUrl } from "../../support/dist";
import { childWeights } from "../support/child";
import { writeParent } from "../support/parent-folders";
import { configured, parentOf, small } from "../support/parents";

const newFolder = temporaryFolders();
const narrow = configured({ d_model: 4, d_kv: 2, num_heads: 1, num_decoder_layers: 2 });
const plan = planFusion([parentOf(small, "a"), parentOf(narrow, "b")], {
  method: "property",
  copies: 1,
});
const open: Checkpoint[] = [];

afterEach(async () => {
  for (const checkpoint of open.splice(0)) await checkpoint.close();
});

async function parents(folder: string): Promise<Checkpoint[]> {
  for (const [i, configuration] of [small, narrow].entries()) {
    await writeParent(join(folder, `parent-${i}`), configuration, i);
    open.push(await openCheckpoint(join(folder, `parent-${i}`)));
  }
  return [...open];
}

interface Settings extends Partial<Pick<ChildFiles, "dtype" | "maxShardBytes" | "fill">> {
  /** 0: in this thread. */
  readonly threads?: number;
}

async function written({ threads = 0, ...settings }: Settings) {
  const folder = newFolder();
  const weights = (await parents(folder)).map((checkpoint) => checkpoint.weights);
  const worker = threads === 0 ? undefined : distUrl("fusion-worker.js");
  const crew = new Crew({ worker, threads, signal: undefined });
  const child = join(folder, "child");
  await mkdir(child);
  const defaults = { fill: 0.1, seed: 3, dtype: "F32", maxShardBytes: 1e9 } as const;
  const shares: number[] = [];
  const onProgress = (done: number, of: number) => shares.push(done / of);
  const { synced } = await writeChild(child, plan, {
    ...{ ...defaults, ...settings, crew, onProgress },
    parents: weights,
  });
  await synced;
  await crew.close();
  expect(shares).toEqual(shares.toSorted((a, b) => a - b));
  expect(shares.at(-1)).toBe(1);
  const expected = childWeights(plan, { parents: weights, fill: defaults.fill, seed: 3 });
  return { child, expected };
}

const opened = async (folder: string) => openStoredTensors(folder, new Set(await readdir(folder)));

test("the child has the values of the operator, with the same bytes on any number of threads", async () => {
  const files: Buffer[] = [];
  for (const threads of [0, 1, 3]) {
    const { child, expected } = await written({ threads });
    files.push(await readFile(join(child, "model.safetensors")));
    const stored = await opened(child);
    for (const name of expected.shapes.keys()) {
      expect(await stored.read(name), name).toEqual(await expected.read(name));
    }
    await stored.close();
  }
  expect(files[1]!.equals(files[0]!)).toBe(true);
  expect(files[2]!.equals(files[0]!)).toBe(true);
});

test("shards hold the same tensors, each within the limit or alone, under an index", async () => {
  const { child, expected } = await written({ threads: 2, maxShardBytes: 2000 });
  const names = await readdir(child);
  const shards = names.filter((name) => name.endsWith(".safetensors")).sort();
  expect(shards.length).toBeGreaterThan(3);
  expect(shards[0]).toBe(`model-00001-of-${String(shards.length).padStart(5, "0")}.safetensors`);
  expect(names).toContain("model.safetensors.index.json");
  const stored = await opened(child);
  expect(await weightsSha256(stored)).toBe(await weightsSha256(expected));
  const sizes = new Map<string, { bytes: number; tensors: number }>();
  for (const { file, sizeBytes } of stored.tensors.values()) {
    const { bytes, tensors } = sizes.get(file) ?? { bytes: 0, tensors: 0 };
    sizes.set(file, { bytes: bytes + sizeBytes, tensors: tensors + 1 });
  }
  for (const { bytes, tensors } of sizes.values())
    expect(tensors === 1 || bytes <= 2000).toBe(true);
  await stored.close();
});

test("half precision is the float32 child, rounded to nearest", async () => {
  for (const dtype of ["F16", "BF16"] as const) {
    const { child, expected } = await written({ threads: 1, dtype });
    const stored = await opened(child);
    for (const name of expected.shapes.keys()) {
      const values = Float32Array.from(await expected.read(name));
      expect(stored.tensors.get(name)!.dtype).toBe(dtype);
      expect(encodeValues((await stored.read(name)) as Float32Array<ArrayBuffer>, dtype)).toEqual(
        encodeValues(values, dtype),
      );
    }
    await stored.close();
  }
});

test("parents are told apart by a few of their values, and hashed where those agree", async () => {
  const folder = newFolder();
  const [a, b] = await parents(folder);
  await writeParent(join(folder, "twin"), small, 0);
  const twin = await openCheckpoint(join(folder, "twin"));
  open.push(twin);
  const hashes = new ParentHashes(new Crew({ worker: undefined, threads: 1, signal: undefined }));
  const sources = [a!.weights, b!.weights, twin.weights];
  const [one, other, same] = await hashes.identities(sources);
  expect(one).toBe(await weightsSha256(a!.weights));
  expect(same).toBe(one);
  expect(other).toMatch(/^sampled /);
  expect(await hashes.of(b!.weights)).toBe(await weightsSha256(b!.weights));
});

test("a cancelled crew does no more work", async () => {
  const stopping = new AbortController();
  const crew = new Crew({
    worker: distUrl("fusion-worker.js"),
    threads: 1,
    signal: stopping.signal,
  });
  const tasks = Array.from({ length: 5 }, () => crew.run({ kind: "deviation", tensors: [] }));
  stopping.abort();
  const results = await Promise.allSettled(tasks);
  await crew.close();
  expect(results.every(({ status }) => status === "rejected")).toBe(true);
});
