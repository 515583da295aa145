import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Checkpoint, openCheckpoint } from "../../server/checkpoint/checkpoint";
import { childLineage, noCost } from "../../server/checkpoint/lineage";
import { weightsSha256 } from "../../server/checkpoint/hash";
import { writeCheckpoint } from "../../server/checkpoint/write-checkpoint";
import { fuseCheckpoints } from "../../server/fusion/fuse";
import { padExamples, randomExamples } from "../../server/model/examples";
import type { ComparedPair } from "../../server/protocol/fusion";
import { comparePairs } from "../../server/services/compare";
import { placesOf } from "../../server/services/compared-parts";
import { difference } from "../../server/services/difference";
import { engineProbe } from "../../server/training/probe-model";
import { writeParent } from "../fusion/support/parent-folders";
import { configured, heads, small } from "../fusion/support/parents";
import { referenceEngine } from "../support/reference-engine";

let folder: string;
const opened: Checkpoint[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "compare-"));
});

afterEach(async () => {
  for (const checkpoint of opened.splice(0)) await checkpoint.close();
  await rm(folder, { recursive: true });
});

async function open(name: string): Promise<Checkpoint> {
  const checkpoint = await openCheckpoint(join(folder, name));
  opened.push(checkpoint);
  return checkpoint;
}

async function compare(...names: readonly string[]): Promise<readonly ComparedPair[]> {
  const checkpoints = await Promise.all(names.map(open));
  const { signal } = new AbortController();
  return comparePairs(checkpoints, { signal, onProgress: () => undefined });
}

/** FOLDER/CHILD, filled, so that only the diagonal blocks are the parents'. */
async function fuse(child: string, names: readonly string[], copies = 1): Promise<void> {
  const parents = await Promise.all(
    names.map(async (name) => ({ name, checkpoint: await open(name) })),
  );
  const { configuration } = parents[0]!.checkpoint;
  const sizes = { seed: 0, examples: 1, inputs: 3, targets: 3 };
  const batches = padExamples(randomExamples(configuration, sizes), 1, configuration);
  await fuseCheckpoints({
    ...{ parents, copies, directory: join(folder, child), fill: 0.1, seed: 3 },
    ...{ method: "property", optimizer: "reset", createdBy: "test" },
    probe: { source: "test", batches },
    model: engineProbe(referenceEngine()),
  });
}

/** The farthest of a pair's tensors; what was multiplied by the head's factor is equal to rounding only. */
function farthest({ tensors }: ComparedPair): number {
  return Math.max(...tensors.map(({ relativeDifference }) => relativeDifference));
}

describe("comparing a parent with its fused child", () => {
  for (const head of heads) {
    test(`finds its kernels in the blocks of the child, with a head ${JSON.stringify(head)}`, async () => {
      await writeParent(join(folder, "a"), configured(head), 1);
      await writeParent(join(folder, "b"), configured({ ...head, d_model: 4, d_kv: 2 }), 2);
      await fuse("child", ["a", "b"]);
      for (const [first, name] of ["a", "b"].entries()) {
        const pairs = await compare(name, "child");
        expect(pairs.map(({ one, other, part }) => ({ one, other, part }))).toEqual([
          { one: 0, other: 1, part: { first, count: 1, names: [name] } },
        ]);
        expect(farthest(pairs[0]!)).toBeLessThan(1e-7);
        expect(pairs[0]!.unmatched).toEqual([]);
      }
    });
  }

  test("finds them behind heads of different kinds, and says which layers it lacks", async () => {
    await writeParent(join(folder, "a"), configured(heads[1]!), 1);
    await writeParent(join(folder, "b"), configured({ ...heads[0], num_layers: 1 }), 2);
    await fuse("child", ["a", "b"]);
    const [deep] = await compare("child", "a");
    expect(deep).toMatchObject({ one: 1, other: 0, unmatched: [] });
    expect(farthest(deep!)).toBeLessThan(1e-7);
    const [shallow] = await compare("child", "b");
    expect(farthest(shallow!)).toBeLessThan(1e-7);
    expect(shallow!.unmatched.length).toBeGreaterThan(5);
    for (const { name, reason } of shallow!.unmatched) {
      expect(name).toMatch(/^encoder\.block\.1\./);
      expect(reason).toEqual({ kind: "missing", in: "one" });
    }
  });

  test("tells parents of equal sizes apart by their weights, also once the child was trained", async () => {
    await writeParent(join(folder, "a"), small, 1);
    await writeParent(join(folder, "b"), small, 2);
    await fuse("child", ["a", "b"]);
    const child = await open("child");
    const trained = childLineage({
      createdBy: "test",
      operation: { kind: "trained", steps: 1 },
      ownCost: noCost,
      parents: [
        {
          name: "child",
          weightsSha256: await weightsSha256(child.weights),
          lineage: child.lineage,
        },
      ],
      parts: child.lineage!.parts!,
    });
    const { configuration, weights } = child;
    await writeCheckpoint(join(folder, "on"), { configuration, weights, lineage: trained });
    for (const name of ["child", "on"]) {
      const pairs = await compare("b", "a", name);
      expect(pairs.map(({ one, other, part }) => [one, other, part!.first])).toEqual([
        [0, 2, 1],
        [1, 2, 0],
      ]);
      expect(Math.max(...pairs.map(farthest))).toBeLessThan(1e-7);
    }
  });

  test("is with each copy where it was fused with itself", async () => {
    await writeParent(join(folder, "a"), small, 1);
    await fuse("twice", ["a"], 2);
    const pairs = await compare("a", "twice");
    expect(pairs.map(({ part }) => part!.first)).toEqual([0, 1]);
    expect(Math.max(...pairs.map(farthest))).toBeLessThan(1e-7);
  });

  test("is with all parts of what was itself fused, and of a grandparent up to its factor", async () => {
    await writeParent(join(folder, "a"), small, 1);
    await writeParent(join(folder, "b"), configured({ d_model: 4 }), 2);
    await writeParent(join(folder, "c"), configured({ d_model: 5 }), 3);
    await fuse("ab", ["a", "b"]);
    await fuse("abc", ["ab", "c"]);
    for (const [name, part] of [
      ["ab", { first: 0, count: 2 }],
      ["a", { first: 0, count: 1 }],
      ["c", { first: 2, count: 1 }],
    ] as const) {
      const [pair] = await compare(name, "abc");
      expect(pair!.part).toEqual({ ...part, names: [] });
      expect(farthest(pair!)).toBeLessThan(1e-6);
    }
  });
});

describe("comparing checkpoints of the same sizes", () => {
  test("goes by name, each with the first", async () => {
    for (const [seed, name] of ["a", "b", "c"].entries()) {
      await writeParent(join(folder, name), small, seed);
    }
    const pairs = await compare("a", "b", "c");
    expect(pairs.map(({ one, other, part }) => [one, other, part])).toEqual([
      [0, 1, undefined],
      [0, 2, undefined],
    ]);
    expect(pairs[0]!.tensors).toHaveLength([...(await open("a")).weights.shapes].length);
    expect(farthest(pairs[0]!)).toBeGreaterThan(1);
  });

  test("and of others says what does not fit", async () => {
    await writeParent(join(folder, "a"), small, 1);
    await writeParent(join(folder, "b"), configured({ d_ff: 8, num_layers: 1 }), 1);
    const [pair] = await compare("a", "b");
    const kinds = new Set(pair!.unmatched.map(({ reason }) => reason.kind));
    expect(kinds).toEqual(new Set(["missing", "shapes"]));
    const wo = pair!.unmatched.find(({ name }) =>
      name.endsWith("block.0.layer.1.DenseReluDense.wo.weight"),
    );
    expect(wo!.reason).toEqual({ kind: "shapes", one: [6, 7], other: [6, 8] });
  });
});

describe("placesOf()", () => {
  const part = (d_model: number) => ({ d_model, num_heads: 1, d_ff: 2 });
  test("are where parts stand side by side among others, never all of them", () => {
    const all = [1, 2, 1, 2].map(part);
    expect(placesOf([1, 2].map(part), all).map(({ first }) => first)).toEqual([0, 2]);
    expect(placesOf([2, 2].map(part), all)).toEqual([]);
    expect(placesOf(all, all)).toEqual([]);
  });
});

describe("difference()", () => {
  test("of a tensor and itself is none, of one and its double 1 and cosine 1", () => {
    const a = Float32Array.of(3, 4);
    expect(difference(a, a)).toEqual({ relativeDifference: 0, cosine: 1 });
    expect(difference(a, Float32Array.of(6, 8))).toEqual({ relativeDifference: 1, cosine: 1 });
    expect(difference(a, Float32Array.of(-4, 3)).cosine).toBe(0);
  });

  test("from zero is infinite, of zeros none", () => {
    const zero = Float32Array.of(0, 0);
    expect(difference(zero, Float32Array.of(0, 1))).toEqual({
      ...{ relativeDifference: Infinity, cosine: 0 },
    });
    expect(difference(zero, zero)).toEqual({ relativeDifference: 0, cosine: 0 });
  });
});
