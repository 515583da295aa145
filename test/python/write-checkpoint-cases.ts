/** Writes the checkpoints for golden_checkpoints.py. Usage: write-checkpoint-cases DIRECTORY */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { checkpointCases, inputs, targets, writeCase } from "../support/golden-checkpoints";

const directory = process.argv[2];
if (directory === undefined) throw new RangeError("Cannot write the cases: no directory given");
for (const golden of checkpointCases()) {
  const folder = join(directory, golden.name);
  await writeCase(folder, golden);
  await writeFile(join(folder, "batch.json"), JSON.stringify({ inputs, targets }));
}
