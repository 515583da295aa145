import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { command, startGroup } from "../support/command-line";
import { logged, weightsOf } from "../support/run-folder";

/** Most of its memory is what is kept between the passes. */
const recipe = (recompute: boolean) => `version: 1
corpora: { speeches: { embedded: sotu } }
models: { deep: { preset: t5-nano, num_heads: 4, num_layers: 8 } }
defaults:
  train: { inputs: 512, batch: 8, steps: 4, evaluate_every: 0, evaluate_examples: 2, heatmaps_every: 0 }
stages:
  long: { train: deep, seed: 1, checkpoint_every: 2, recompute: ${recompute} }
`;

async function memoryOf(run: string): Promise<number[]> {
  const log = await readFile(join(run, "long", "log.jsonl"), "utf8");
  const lines = log.trimEnd().split("\n");
  const records = lines.map((line) => JSON.parse(line) as { readonly memory_bytes?: number });
  return records.flatMap(({ memory_bytes }) => memory_bytes ?? []);
}

test("a stage that has begun goes on with recompute in far less memory to the same bytes", async () => {
  const directory = await mkdtemp(join(tmpdir(), "deep-fusion-recompute-"));
  const words = ["run", "long.fusion.yaml", "--device", "cpu", "--engine", "graph", "--out"];
  const whole = join(directory, "whole");
  const begun = join(directory, "begun");
  await writeFile(join(directory, "long.fusion.yaml"), recipe(false));
  expect(await command(directory, ...words, "whole")).toMatchObject({ code: 0 });

  const beginning = startGroup(directory, ...words, "begun");
  await logged(begun, "long", 3);
  beginning.killAll();
  await beginning.ended;
  await writeFile(join(directory, "long.fusion.yaml"), recipe(true));
  expect(await command(directory, ...words, "begun")).toMatchObject({ code: 0 });

  expect(await weightsOf(begun)).toEqual(await weightsOf(whole));
  expect((await memoryOf(begun)).at(-1)).toBeLessThan(0.75 * (await memoryOf(whole)).at(-1)!);
  await rm(directory, { recursive: true });
});
