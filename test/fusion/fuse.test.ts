import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type Checkpoint, openCheckpoint } from "../../server/checkpoint/checkpoint";
import type { T5Configuration } from "../../server/checkpoint/configuration";
import { weightsSha256 } from "../../server/checkpoint/hash";
import { childLineage, noCost } from "../../server/checkpoint/lineage";
import { stateName, stateShapes } from "../../server/checkpoint/optimizer-state";
import { type TensorSource, sizeOf } from "../../server/checkpoint/tensor-source";
import { writeCheckpoint } from "../../server/checkpoint/write-checkpoint";
import { type FuseOptions, fuseCheckpoints } from "../../server/fusion/fuse";
import type { ProbeModel } from "../../server/fusion/probe";
import { FusionNotPreserved } from "../../server/fusion/receipt";
import { FusionRefusal } from "../../server/fusion/refusal";
import { padExamples, randomExamples } from "../../server/model/examples";
import { engineProbe } from "../../server/training/probe-model";
import { referenceEngine } from "../support/reference-engine";
import { configured, randomWeights, small } from "./support/parents";

const model = engineProbe(referenceEngine());
const sizes = { seed: 0, examples: 2, inputs: 5, targets: 4 };
const batches = padExamples(randomExamples(small, sizes), 2, small);
const narrow = configured({ d_model: 4, d_kv: 2, num_heads: 1, num_layers: 1 });

let folder: string;
const open: Checkpoint[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "fuse-"));
  await writeParent("a", small, 1);
  await writeParent("b", narrow, 2);
});

afterEach(async () => {
  for (const checkpoint of open.splice(0)) await checkpoint.close();
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

/** A trained parent: 10 steps of AdamW. */
async function writeParent(
  name: string,
  configuration: T5Configuration,
  seed: number,
): Promise<void> {
  const weights = randomWeights(configuration, seed);
  await writeCheckpoint(join(folder, name), {
    configuration,
    weights,
    lineage: childLineage({
      createdBy: "test",
      operation: { kind: "trained", steps: 10 },
      ownCost: { steps: 10, tokens: 1000, flops: 5e6, device_seconds: 2 },
      parents: [],
    }),
    optimizer: adamState(weights),
    trainerState: { optimizer: { kind: "adamw", updates: 10 } },
    tokenizerFiles: "bytes",
  });
}

function adamState(weights: TensorSource): TensorSource {
  const shapes = new Map<string, readonly number[]>();
  for (const [name, shape] of weights.shapes) {
    for (const [short, size] of Object.entries(stateShapes("adamw", shape))) {
      shapes.set(stateName(name, short), size);
    }
  }
  return {
    shapes,
    read: (name) => Promise.resolve(new Float32Array(sizeOf(shapes.get(name)!)).fill(0.25)),
  };
}

async function openParent(name: string): Promise<FuseOptions["parents"][number]> {
  const checkpoint = await openCheckpoint(join(folder, name));
  open.push(checkpoint);
  return { name, checkpoint };
}

async function options(names: readonly string[], child: string): Promise<FuseOptions> {
  return {
    parents: await Promise.all(names.map(openParent)),
    directory: join(folder, child),
    method: "property",
    copies: names.length === 1 ? 2 : 1,
    fill: 0,
    seed: 3,
    optimizer: "grow",
    probe: { source: "random tokens", batches },
    model,
    createdBy: "deep-fusion test",
  };
}

async function openChild(name: string): Promise<Checkpoint> {
  const child = await openCheckpoint(join(folder, name));
  open.push(child);
  return child;
}

test("fuseCheckpoints() writes a child with its proof, its lineage and its parents' cost", async () => {
  const seen: string[] = [];
  const given = await options(["a", "b"], "child");
  const times = [1000, 2500];
  const lineage = await fuseCheckpoints({
    ...given,
    fill: 0.01,
    now: () => times.shift()!,
    onProgress: (label, done, of) => seen.push(`${label} ${done}/${of}`),
  });
  const child = await openChild("child");
  expect(child.lineage).toEqual(lineage);
  expect(child.configuration.fusion_parts).toEqual([6, 4]);
  expect(child.trainerState).toEqual({ optimizer: { kind: "adamw", updates: 10 } });
  expect(child.tokenizerFiles.length).toBe(1);
  expect(lineage.own_cost).toEqual({ ...noCost, device_seconds: 1.5 });
  expect(lineage.cost).toEqual({ steps: 20, tokens: 2000, flops: 1e7, device_seconds: 5.5 });
  expect(lineage.parts).toEqual([
    { d_model: 6, num_heads: 2, d_ff: 7 },
    { d_model: 4, num_heads: 1, d_ff: 7 },
  ]);
  const [reference] = lineage.parents;
  expect(reference!.weights_sha256).toBe(await weightsSha256(given.parents[0]!.checkpoint.weights));

  if (lineage.operation.kind !== "fused") throw new Error("not a fusion");
  const { receipt } = lineage.operation;
  expect(receipt).toMatchObject({
    method: "property",
    kind: "exact",
    probe: { source: "random tokens", examples: 2, tokens: 18 },
  });
  expect(receipt.drift).toBeLessThan(1e-5);
  expect(receipt.filled_drift).toBeGreaterThan(1e-4);
  expect(receipt.parent_losses.length).toBe(2);
  expect(seen.at(0)).toMatch(/^writing \d+\/\d+$/);
  expect(seen).toContain("checking against the parents 4/4");
  expect(seen.at(-1)).toMatch(/^writing the optimizer's state (\d+)\/\1$/);
});

test("the same fusion gives the same bytes, and another seed another fill", async () => {
  const hash = async (name: string, seed: number) => {
    await fuseCheckpoints({ ...(await options(["a", "b"], name)), fill: 0.1, seed });
    return weightsSha256((await openChild(name)).weights);
  };
  const first = await hash("one", 3);
  expect(await hash("two", 3)).toBe(first);
  expect(await hash("three", 4)).not.toBe(first);
});

test("a checkpoint fused with itself under the rule stays a plain T5", async () => {
  await fuseCheckpoints({ ...(await options(["a"], "self")), method: "rule", optimizer: "reset" });
  const config: unknown = JSON.parse(await readFile(join(folder, "self/config.json"), "utf8"));
  expect(config).toMatchObject({ model_type: "t5", d_model: 12 });
  const child = await openChild("self");
  expect(child.optimizer).toBeUndefined();
  expect(child.lineage!.parents.map(({ name }) => name)).toEqual(["a", "a"]);
  expect(child.lineage!.cost.steps).toBe(10);
});

test("a child can be a parent again, and its parts are known", async () => {
  await fuseCheckpoints(await options(["a", "b"], "first"));
  const lineage = await fuseCheckpoints(await options(["first", "b"], "second"));
  expect(lineage.parts!.map(({ d_model }) => d_model)).toEqual([6, 4, 4]);
  expect((await openChild("second")).configuration.fusion_parts).toEqual([6, 4, 4]);
  expect(lineage.cost.steps).toBe(20);
});

/** A model that computes something else for the child than for the parents. */
const liar: ProbeModel = {
  run: (configuration, runOptions) => {
    const run = model.run(configuration, runOptions);
    const lie = configuration.d_model > 6 ? 1.001 : 1;
    return {
      states: () => run.states(),
      logits: async (states, rows) => {
        const all = await run.logits(states, rows);
        return all.map((logits) => logits.map((logit) => lie * logit));
      },
    };
  },
};

test("a receipt that fails leaves the old child in place and nothing beside it", async () => {
  const given = await options(["a", "b"], "kept");
  await fuseCheckpoints(given);
  const before = await weightsSha256((await openChild("kept")).weights);
  const names = await readdir(folder);
  await expect(fuseCheckpoints({ ...given, seed: 9, model: liar })).rejects.toThrow(
    FusionNotPreserved,
  );
  expect(await readdir(folder)).toEqual(names);
  expect(await weightsSha256((await openChild("kept")).weights)).toBe(before);
});

test("what cannot be fused is refused before a byte is written", async () => {
  const names = await readdir(folder);
  const refused = async (
    changes: Partial<FuseOptions>,
    error: Error | (new (...rest: never[]) => Error),
  ) => {
    const given = { ...(await options(["a", "b"], "never")), ...changes };
    await expect(fuseCheckpoints(given)).rejects.toThrow(error);
    expect(await readdir(folder)).toEqual(names);
  };
  await refused({ copies: 2 }, FusionRefusal);
  await refused({ fill: -1 }, new RangeError("Cannot fuse: fill must be a number from 0, got -1"));
  await refused({ directory: join(folder, "a") }, RangeError);
  const [a, b] = (await options(["a", "b"], "never")).parents;
  const stateless = { ...b!, checkpoint: { ...b!.checkpoint, optimizer: undefined } };
  await refused({ parents: [a!, stateless] }, FusionRefusal);
});

test("a folder that holds something else is refused before the long work", async () => {
  const given = await options(["a", "b"], "taken");
  await mkdir(given.directory);
  await writeFile(join(given.directory, "notes.txt"), "mine");
  const done: string[] = [];
  const onProgress = (label: string) => done.push(label);
  await expect(fuseCheckpoints({ ...given, onProgress })).rejects.toThrow(
    `Cannot write ${given.directory}: it holds "notes.txt", which is not part of a checkpoint`,
  );
  expect(done).toEqual([]);
  expect(await readdir(given.directory)).toEqual(["notes.txt"]);
  await rm(given.directory, { recursive: true });
});

test("stops where it is told to", async () => {
  const stop = new AbortController();
  const given = await options(["a", "b"], "stopped");
  const onProgress = (label: string) => {
    if (label === "checking against the parents") stop.abort();
  };
  await expect(fuseCheckpoints({ ...given, signal: stop.signal, onProgress })).rejects.toThrow();
  expect(await readdir(folder)).not.toContain("stopped");
});

test.each(["F16", "BF16"] as const)(
  "a child in %s of float32 parents is judged by what that rounding does to them",
  async (dtype) => {
    const given = await options(["a", "b"], `child in ${dtype}`);
    const { operation } = await fuseCheckpoints({ ...given, dtype, optimizer: "reset" });
    if (operation.kind !== "fused") throw new Error(operation.kind);
    const { drift, limit } = operation.receipt;
    expect(drift).toBeLessThan(limit);
    expect(limit).toBeLessThan(0.2);
    const moved = await options(["a", "b"], `moved ${dtype}`);
    const wrong: ProbeModel = {
      run: (configuration, running) =>
        model.run({ ...configuration, scale_decoder_outputs: configuration.d_model > 6 }, running),
    };
    await expect(
      fuseCheckpoints({ ...moved, dtype, optimizer: "reset", model: wrong }),
    ).rejects.toThrow(FusionNotPreserved);
  },
);
