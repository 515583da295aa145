/** Writes the golden cases for golden_t5.py: a checkpoint and a batch each. Usage: write-t5-cases DIRECTORY */
import { mkdir, open, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { configurationText } from "../../server/checkpoint/config-json";
import { parameterShapes } from "../../server/checkpoint/parameters";
import { writeSafetensors } from "../../server/checkpoint/safetensors-writer";
import { type GoldenCase, goldenCases } from "../support/golden-t5";

async function writeCase(directory: string, golden: GoldenCase): Promise<void> {
  const folder = join(directory, golden.name);
  await mkdir(folder, { recursive: true });
  const { configuration, shape, batch, weight } = golden;
  await writeFile(join(folder, "config.json"), configurationText(configuration));
  const lists = Object.entries(batch).map(([name, values]) => [name, [...values]] as const);
  await writeFile(
    join(folder, "batch.json"),
    JSON.stringify({ ...shape, ...Object.fromEntries(lists) }),
  );
  const handle = await open(join(folder, "model.safetensors"), "w");
  try {
    const shapes = parameterShapes(configuration);
    await writeSafetensors(handle, { shapes, read: (name) => Promise.resolve(weight(name)) });
  } finally {
    await handle.close();
  }
}

const directory = process.argv[2];
if (directory === undefined) throw new RangeError("Cannot write the cases: no directory given");
for (const golden of goldenCases()) await writeCase(directory, golden);
