import { join } from "node:path";
import type { T5Configuration } from "../../../server/checkpoint/configuration";
import { childLineage, noCost } from "../../../server/checkpoint/lineage";
import { writeCheckpoint } from "../../../server/checkpoint/write-checkpoint";
import { configured, randomWeights, small } from "./parents";

/** A checkpoint with random weights. */
export function writeParent(
  directory: string,
  configuration: T5Configuration,
  seed: number,
): Promise<void> {
  return writeCheckpoint(directory, {
    configuration,
    weights: randomWeights(configuration, seed),
    lineage: childLineage({
      createdBy: "test",
      operation: { kind: "initialised", seed },
      ownCost: noCost,
      parents: [],
    }),
  });
}

/** FOLDER/a and FOLDER/b, which fit, and FOLDER/odd, which does not. */
export async function writeParents(folder: string): Promise<void> {
  await writeParent(join(folder, "a"), small, 1);
  await writeParent(join(folder, "b"), configured({ d_model: 4 }), 2);
  const odd = configured({ layer_norm_epsilon: 1e-5, dropout_rate: 0.1 });
  await writeParent(join(folder, "odd"), odd, 3);
}
