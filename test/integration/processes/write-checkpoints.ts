/** Writes a checkpoint over and over, one of two in turn, and prints a line after each: DIRECTORY [TIMES]. */
import { writeCheckpoint } from "../../../server/checkpoint/write-checkpoint";
import { CheckpointWriteError } from "../../../server/checkpoint/write-error";
import { trained } from "../../checkpoint/support/lineages";
import { variant } from "../support/variants";

const [directory = "", times = "1000000"] = process.argv.slice(2);
try {
  for (let index = 0; index < Number(times); index++) {
    await writeCheckpoint(directory, { ...variant(index % 2), lineage: trained(index) });
    process.stdout.write(`written ${index}\n`);
  }
} catch (error) {
  if (!(error instanceof CheckpointWriteError)) throw error;
  process.stdout.write(`${error.kind}: ${error.message}\n`);
}
