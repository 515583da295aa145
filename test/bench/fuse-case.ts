/** What the fusion benches work on: parents with random weights, and a checkpoint that is only its header. */
import { mkdir, open, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { configurationText } from "../../server/checkpoint/config-json";
import type { T5Configuration } from "../../server/checkpoint/configuration";
import { childLineage, noCost } from "../../server/checkpoint/lineage";
import { parameterShapes } from "../../server/checkpoint/parameters";
import { encodeHeader, safetensorsBytes } from "../../server/checkpoint/safetensors-writer";
import { writeCheckpoint } from "../../server/checkpoint/write-checkpoint";
import { initialWeight } from "../../server/model/initialise";
import { presets } from "../../server/model/presets";

/** @returns the folders of two models of one size */
export async function writeParents(folder: string, preset: string): Promise<readonly string[]> {
  const configuration = presets[preset]!;
  const parents: string[] = [];
  for (const seed of [1, 2]) {
    const directory = join(folder, `${preset}-${seed}`);
    await writeCheckpoint(directory, {
      configuration,
      weights: {
        shapes: parameterShapes(configuration),
        read: async (name) => Promise.resolve(initialWeight(configuration, name, seed)),
      },
      lineage: childLineage({
        createdBy: "deep-fusion bench",
        operation: { kind: "imported", source: "random" },
        ownCost: noCost,
        parents: [],
      }),
    });
    parents.push(directory);
  }
  return parents;
}

/** T5 v1.1's XL: 2.85 G parameters, 11.4 GB. */
const xl: T5Configuration = {
  ...presets["t5-small"]!,
  d_model: 2048,
  d_ff: 5120,
  num_heads: 32,
  num_layers: 24,
  num_decoder_layers: 24,
  fusion_parts: [2048],
};

/** Its values are a hole: nobody who only looks at it reads them. */
export async function writeHollow(directory: string): Promise<void> {
  const shapes = parameterShapes(xl);
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, "config.json"), configurationText(xl));
  const handle = await open(join(directory, "model.safetensors"), "w");
  await handle.write(encodeHeader(shapes));
  await handle.truncate(safetensorsBytes(shapes));
  await handle.close();
}
