/**
 * Round trips with transformers 5 and 4.57: either writes checkpoints of every family, we read, fuse and write, and
 * both compute the same from what we wrote.
 */
import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openCheckpoint } from "../../server/checkpoint/checkpoint";
import { weightsSha256 } from "../../server/checkpoint/hash";
import { writeCheckpoint } from "../../server/checkpoint/write-checkpoint";
import type { Engine } from "../../server/engine/engine";
import type { FusionMethod } from "../../server/protocol/checkpoint";
import { engineUnderTest } from "../support/engine-under-test";
import { families, type Family, storages } from "./support/families";
import { type Fusion, fuseInto, ourAnswers } from "./support/our-answers";
import { type Answers, type Asked, Transformers } from "./support/transformers";

const versions = { "transformers 5": 5, "transformers 4.57": 4 } as const;
type Version = keyof typeof versions;
const versionNames = Object.keys(versions) as Version[];

const fusions: Readonly<Record<string, Fusion>> = {
  property: { method: "property", parents: ["a", "b"], maxShardBytes: 20_000 },
  rule: { method: "rule", parents: ["a", "b"] },
  itself: { method: "rule", parents: ["a"] },
};

let root: string;
let engine: Engine;
let processes: Readonly<Record<Version, Transformers>>;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "transformers-"));
  engine = await engineUnderTest();
  const newest = Transformers.start(5, join(root, "home-5"));
  await newest.version(); // torch, which both share, is compiled once
  const older = Transformers.start(4, join(root, "home-4"));
  processes = { "transformers 5": newest, "transformers 4.57": older };
});

afterAll(async () => {
  for (const process of Object.values(processes)) await process.close();
  await engine.dispose();
  await rm(root, { recursive: true });
});

test("both versions of transformers are what they are taken for", async () => {
  expect(await processes["transformers 5"].version()).toMatch(/^5\./);
  expect(await processes["transformers 4.57"].version()).toMatch(/^4\.57\./);
});

type Storage = keyof typeof storages;

const cases = versionNames.flatMap((maker) =>
  families
    .filter(({ makers }) => makers.includes(versions[maker]))
    .flatMap((family) =>
      family.storages.map((storage) => [maker, family.name, storage, family] as const),
    ),
);

describe("parents and children compute the same everywhere", () => {
  test.each(cases)("written by %s: %s, %s", async (maker, name, storage, family) => {
    const folder = join(root, maker, name, storage);
    const { tolerance } = storages[storage];
    // How the weights lie on the disk shows in the logits.
    const asked = storage === family.storages[0] ? "logits and answers" : "logits";
    await writeParents(maker, folder, { family, storage });
    const parents: (readonly number[])[] = [];
    for (const parent of ["a", "b"]) {
      const theirs = await processes[maker].run(join(folder, parent), { asked });
      expectSame(await ourAnswers(engine, join(folder, parent), asked), theirs);
      parents.push(theirs.logits);
    }
    const [a, b] = parents;
    const mean = a!.map((logit, i) => (logit + b![i]!) / 2);
    for (const [child, fusion] of Object.entries(fusions)) {
      await fuseInto(engine, { folder, name: child }, fusion);
      const logits = await agreed(join(folder, child), fusion.method, asked);
      if (child === "property") expect(distance(logits, mean)).toBeLessThan(tolerance);
      if (child === "itself") expect(distance(logits, a!)).toBeLessThan(tolerance);
    }
  });
});

/** One of each maker, tied and untied, with the tokenizer of T5 and that of ByT5. */
const kept = [
  ["transformers 5", "T5 v1.0"],
  ["transformers 5", "ByT5"],
  ["transformers 4.57", "T5 v1.1"],
  ["transformers 4.57", "ByT5"],
] as const;

describe.each(kept)("children of what %s wrote: %s", (maker, name) => {
  const family = families.find((one) => one.name === name)!;
  let folder: string;

  beforeAll(async () => {
    folder = join(root, "kept", maker, name);
    await writeParents(maker, folder, { family, storage: "float32 in one file" });
    for (const [child, fusion] of Object.entries(fusions)) {
      await fuseInto(engine, { folder, name: child }, fusion);
    }
  });

  const children = Object.entries(fusions).flatMap(([child, { method }]) =>
    versionNames.map((version) => [child, version, { trust: method === "property" }] as const),
  );

  test.each(children)(
    "bring tokenizer and settings along: %s, %s",
    async (child, version, trust) => {
      const text = "Call me <extra_id_0>.";
      const parent = await processes[maker].tokenize(join(folder, "a"), text);
      expect(parent.size).toBe(family.model.config.vocab_size);
      expect(await processes[version].tokenize(join(folder, child), text, trust)).toEqual(parent);
      const generation = await processes[version].generation(join(folder, child), trust);
      expect(generation).toEqual(family.model.generation);
    },
  );

  test.each(children)("are saved, read and saved again: %s, %s", async (child, version, trust) => {
    const written = join(folder, child);
    const again = `${written} saved by ${version}`;
    await processes[version].save(written, again, { ...trust, shard: "20KB" });
    expect(await weightsOf(again)).toBe(await weightsOf(written));
    const before = await processes[version].run(written, trust);
    expect(await processes[version].run(again, trust)).toEqual(before);
    expectSame(await ourAnswers(engine, again), before);
  });
});

test("a property child whose decoder is deeper than its encoder generates with a cache", async () => {
  const folder = join(root, "deep decoder");
  const family = families.find(({ name }) => name === "T5 v1.1")!;
  const parents = { a: { ...family.parents.a, num_decoder_layers: 4 }, b: family.parents.b };
  const storage = "float32 in one file";
  await writeParents("transformers 5", folder, { family: { ...family, parents }, storage });
  await fuseInto(engine, { folder, name: "child" }, fusions.property!);
  await agreed(join(folder, "child"), "property");
});

test("a calibrated child computes the same everywhere, in stock code", async () => {
  const folder = join(root, "calibrated");
  const family = families.find(({ name }) => name === "T5 v1.1")!;
  await writeParents("transformers 5", folder, { family, storage: "float32 in shards" });
  await fuseInto(engine, { folder, name: "child" }, { method: "calibrated", parents: ["a", "b"] });
  await agreed(join(folder, "child"), "calibrated");
});

test.each(versionNames)("a umT5 of %s is refused with the reason", async (maker) => {
  const folder = join(root, maker, "umt5");
  const [{ model, parents }] = families as readonly [Family];
  const config = { ...model.config, ...parents.a };
  await processes[maker].write({ ...model, family: "umt5", config, folder, seed: 1 });
  await expect(openCheckpoint(folder)).rejects.toThrow(
    /model_type is "umt5", whose every layer has a relative bias of its own, which is not supported/,
  );
});

test("read and written a hundred times, a checkpoint is the same to the last byte", async () => {
  const folder = join(root, "hundred times");
  const [family] = families;
  await writeParents("transformers 5", folder, { family: family!, storage: "float16 in one file" });
  const lineage = await fuseInto(engine, { folder, name: "child" }, fusions.property!);
  let latest = join(folder, "child");
  let first: ReadonlyMap<string, string> | undefined;
  for (let time = 1; time <= 100; time++) {
    const checkpoint = await openCheckpoint(latest);
    latest = join(folder, `time ${time}`);
    await writeCheckpoint(latest, { ...checkpoint, lineage });
    await checkpoint.close();
    first ??= bytesOf(latest);
    expect(bytesOf(latest)).toEqual(first);
  }
  expect(await weightsOf(latest)).toBe(await weightsOf(join(folder, "child")));
  expect([...first!.keys()]).toEqual(readdirSync(latest));
});

async function writeParents(
  maker: Version,
  folder: string,
  { family, storage }: { readonly family: Family; readonly storage: Storage },
): Promise<void> {
  const { config, ...model } = family.model;
  const { dtype, shard } = storages[storage];
  for (const [parent, sizes] of Object.entries(family.parents)) {
    await processes[maker].write({
      ...{ ...model, dtype, shard, folder: join(folder, parent) },
      config: { ...config, ...sizes },
      seed: parent.charCodeAt(0),
    });
  }
}

/** Both versions' logits, which are ours too. */
async function agreed(
  folder: string,
  method: FusionMethod,
  asked: Asked = "logits and answers",
): Promise<readonly number[]> {
  const ours = await ourAnswers(engine, folder, asked);
  const trust = method === "property";
  for (const version of versionNames) {
    if (trust) {
      await expect(processes[version].run(folder)).rejects.toThrow(/trust_remote_code/);
    }
    const theirs = await processes[version].run(folder, { trust, asked, half: true });
    expect(theirs.model).toBe(
      trust ? "DeepFusionT5ForConditionalGeneration" : "T5ForConditionalGeneration",
    );
    expectSame(ours, theirs);
    expect(distance(theirs.half, theirs.logits)).toBeLessThan(0.1);
  }
  return ours.logits;
}

function expectSame(ours: Answers, theirs: Answers): void {
  expect(distance(ours.logits, theirs.logits)).toBeLessThan(1e-5);
  expect({ greedy: ours.greedy, beams: ours.beams }).toEqual({
    greedy: theirs.greedy,
    beams: theirs.beams,
  });
}

async function weightsOf(folder: string): Promise<string> {
  const checkpoint = await openCheckpoint(folder);
  try {
    return await weightsSha256(checkpoint.weights);
  } finally {
    await checkpoint.close();
  }
}

function bytesOf(folder: string): ReadonlyMap<string, string> {
  return new Map(
    readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "base64")]),
  );
}

/** max |a - b| / max |b|; not a number where either is none. */
function distance(a: readonly number[], b: readonly number[]): number {
  expect(a).toHaveLength(b.length);
  const largest = Math.max(...b.map(Math.abs));
  return Math.max(...a.map((value, i) => Math.abs(value - b[i]!))) / largest;
}
