/** What the tree shows of one checkpoint: its size, tensors and lineage, from its header and small files. */
import { summarise } from "../checkpoint/summary";
import type { CheckpointDetail } from "../protocol/catalogue";
import { modelDimensions } from "./model-dimensions";

/** @throws what summarise() throws: the folder is no checkpoint, or a damaged one */
export async function describeCheckpoint(directory: string): Promise<CheckpointDetail> {
  const summary = await summarise(directory);
  return {
    directory,
    parameters: summary.parameters,
    sizeBytes: summary.sizeBytes,
    dimensions: modelDimensions(summary.configuration),
    hasOptimizer: summary.hasOptimizer,
    tokenizerFiles: summary.tokenizerFiles,
    tensors: summary.tensors.map(({ name, dtype, shape, sizeBytes, file }) => ({
      ...{ name, dtype, shape, sizeBytes, file },
    })),
    ...(summary.lineage && { lineage: summary.lineage }),
  };
}
