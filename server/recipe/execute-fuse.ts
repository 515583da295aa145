/** A fuse stage, in its trainer: parents and child are run on text that the parents were trained on. */
import { join } from "node:path";
import { batchSource } from "../data/batches";
import { fuseCheckpoints } from "../fusion/fuse";
import type { NamedCheckpoint } from "../fusion/fuse";
import type { ProbeBatch } from "../fusion/probe";
import { randomProbe } from "../fusion/random-probe";
import type { StageRecord } from "../protocol/run";
import { engineProbe } from "../training/probe-model";
import { closeParents, openParents, possibleOptimizer } from "./fusion-parents";
import { firstCheckpoint } from "./execute-import";
import type { StageWork } from "./stage-work";
import type { ResolvedFuse, TextSettings } from "./resolve";

export async function executeFuse(stage: ResolvedFuse, work: StageWork): Promise<StageRecord> {
  const parents = await openParents(
    stage.parents.map((name) => ({ name, directory: work.checkpointOf(name) })),
  );
  try {
    const directory = join(work.directory, firstCheckpoint);
    const { method, copies, fill, seed } = stage;
    const engine = await work.engine();
    const lineage = await fuseCheckpoints({
      parents,
      directory,
      method,
      copies,
      fill,
      seed,
      optimizer: stage.optimizer ?? possibleOptimizer(parents),
      probe: await probeOf(stage, parents),
      model: engineProbe(engine),
      worker: work.fusionWorker,
      threads: engine.threads,
      createdBy: work.createdBy,
      now: () => work.clock.now(),
      signal: work.signal,
      onProgress: (label, done, of) => {
        work.report({ kind: "progress", label, done, of });
      },
    });
    const { cost, own_cost } = lineage;
    return { ...work.begun, state: "done", checkpoint: work.shown(directory), cost, own_cost };
  } finally {
    await closeParents(parents);
  }
}

const probeBatches = 2;
const probeExamples = 8;

async function probeOf(stage: ResolvedFuse, parents: readonly NamedCheckpoint[]) {
  const { text } = stage;
  if (text !== undefined) {
    return { source: `text of ${text.corpus.name}`, batches: await textBatches(text, stage.seed) };
  }
  const configurations = parents.map(({ checkpoint }) => checkpoint.configuration);
  return randomProbe(configurations, stage);
}

/** Of the training part: calibration must not see what is held out. */
async function textBatches(text: TextSettings, seed: number): Promise<ProbeBatch[]> {
  const source = await batchSource({ ...text, batch: probeExamples, seed });
  const batches: ProbeBatch[] = [];
  for await (const { inputIds, labels } of source.batches()) {
    const { inputs } = text;
    batches.push({ examples: probeExamples, inputs, targets: source.targets, inputIds, labels });
    if (batches.length === probeBatches) break;
  }
  return batches;
}
