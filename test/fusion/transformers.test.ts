/**
 * What transformers computes from the checkpoints that we write: see test/python/golden_checkpoints.py, which also
 * proves generation, saving and the refusal of untrusted code. `npm run golden -- checkpoints` makes the values anew.
 */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openCheckpoint } from "../../server/checkpoint/checkpoint";
import { weightsSha256 } from "../../server/checkpoint/hash";
import { shiftRight } from "../../server/model/batch";
import { logitsFunction, weightSpecs } from "../../server/model/functions";
import type { Engine } from "../../server/engine/engine";
import { temporaryFolders } from "../checkpoint/support/folder";
import {
  caseModels,
  checkpointCases,
  inputs,
  targets,
  writeCase,
  type CaseModel,
} from "../support/golden-checkpoints";
import { referenceEngine } from "../support/reference-engine";

interface Golden {
  readonly transformers: string;
  readonly cases: Readonly<
    Record<
      string,
      {
        readonly files: Readonly<Record<string, Readonly<Record<string, string>>>>;
        readonly logits: Readonly<Record<string, readonly number[]>>;
      }
    >
  >;
}

const goldenFolder = fileURLToPath(new URL("../golden/checkpoints/", import.meta.url));
const read = (name: string): Golden =>
  JSON.parse(readFileSync(join(goldenFolder, `${name}.json`), "utf8")) as Golden;
const five = read("transformers-5");
const four = read("transformers-4");
const newFolder = temporaryFolders();

const cases = checkpointCases().map((golden) => [golden.name, golden] as const);

describe.each([five, four])("transformers $transformers", ({ cases: golden }) => {
  test.each(cases)("saw the files that we write: %s", async (name, drawn) => {
    const folder = newFolder();
    await writeCase(folder, drawn);
    for (const [model, files] of Object.entries(golden[name]!.files)) {
      const names = readdirSync(join(folder, model)).filter((file) => file !== "README.md");
      const written = names.map((file) => [
        file,
        createHash("sha256")
          .update(readFileSync(join(folder, model, file)))
          .digest("hex"),
      ]);
      expect(Object.fromEntries(written)).toEqual(files);
    }
  });

  test.each(cases)("computes the parents' mean from the child: %s", (name) => {
    // Version 4 cannot read stock models whose head is tied and unscaled, or the other way round.
    const { child } = golden[name]!.logits;
    if (child === undefined) return;
    const all = Object.entries(five.cases[name]!.logits)
      .filter(([model]) => model.startsWith("parent-"))
      .map(([, logits]) => logits);
    const mean = child.map((_, i) => all.reduce((sum, logits) => sum + logits[i]!, 0) / all.length);
    expect(distance(child, mean)).toBeLessThan(1e-5);
  });
});

describe.each(["saved-by-5", "saved-by-4"])("a checkpoint %s", (version) => {
  const saved = cases.filter(([name]) => /^two equal parents, (un)?tied$/.test(name));

  test.each(saved)("is read as what was written: %s", async (name, drawn) => {
    const { parents, child } = caseModels(drawn);
    const models = { "parent-0": parents[0]!, child };
    for (const [model, { configuration, weights }] of Object.entries(models)) {
      const checkpoint = await openCheckpoint(join(goldenFolder, version, name, model));
      expect(checkpoint.configuration).toEqual(configuration);
      expect(await weightsSha256(checkpoint.weights)).toBe(await weightsSha256(weights));
      await checkpoint.close();
    }
  });
});

describe("our model", () => {
  let engine: Engine;
  beforeAll(() => {
    engine = referenceEngine();
  });
  afterAll(() => engine.dispose());

  test.each(cases)("has transformers' logits: %s", async (name, drawn) => {
    const { parents, child } = caseModels(drawn);
    const { logits } = five.cases[name]!;
    for (const [i, parent] of parents.entries()) {
      expect(distance(await ourLogits(engine, parent), logits[`parent-${i}`]!)).toBeLessThan(1e-5);
    }
    expect(distance(await ourLogits(engine, child), logits.child!)).toBeLessThan(1e-5);
  });
});

async function ourLogits(engine: Engine, { configuration, weights }: CaseModel) {
  const shape = { examples: 1, inputs: inputs.length, targets: targets.length, masked: false };
  const store = engine.allocate(weightSpecs(configuration));
  for (const name of weights.shapes.keys()) await store.write(name, await weights.read(name));
  const compiled = await engine.compileFunction(logitsFunction(configuration, shape));
  const { logits } = await compiled.run(store, {
    input_ids: Int32Array.from(inputs),
    decoder_input_ids: shiftRight(Int32Array.from(targets), shape, configuration),
  });
  compiled.dispose();
  store.dispose();
  return Array.from(logits!);
}

/** max |a - b| / max |b|; not a number where either is none. */
function distance(a: readonly number[], b: readonly number[]): number {
  expect(a).toHaveLength(b.length);
  const largest = Math.max(...b.map(Math.abs));
  return Math.max(...a.map((value, i) => Math.abs(value - b[i]!))) / largest;
}
