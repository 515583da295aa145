/** A fuse stage, in its trainer: parents and child are run on text that the parents were trained on. */
import { join } from "node:path";
import { openCheckpoint } from "../checkpoint/checkpoint";
import type { Checkpoint } from "../checkpoint/checkpoint";
import { batchSource } from "../data/batches";
import { loadTokenizer } from "../data/load-tokenizer";
import { fuseCheckpoints } from "../fusion/fuse";
import type { NamedCheckpoint } from "../fusion/fuse";
import { findStateFaults } from "../fusion/grow";
import type { ProbeBatch } from "../fusion/probe";
import { padExamples, randomExamples } from "../model/examples";
import type { StageRecord } from "../protocol/run";
import { engineProbe } from "../training/probe-model";
import { firstCheckpoint } from "./execute-import";
import type { StageWork } from "./stage-work";
import type { ResolvedFuse, TextSettings } from "./resolve";

export async function executeFuse(stage: ResolvedFuse, work: StageWork): Promise<StageRecord> {
  const open: Checkpoint[] = [];
  try {
    for (const name of stage.parents) open.push(await openCheckpoint(work.checkpointOf(name)));
    const parents = await Promise.all(
      open.map((checkpoint, index) => named(stage.parents[index]!, checkpoint)),
    );
    const directory = join(work.directory, firstCheckpoint);
    const { method, copies, fill, seed } = stage;
    const lineage = await fuseCheckpoints({
      parents,
      directory,
      method,
      copies,
      fill,
      seed,
      optimizer: stage.optimizer ?? growable(parents),
      probe: await probeOf(stage, open[0]!),
      model: engineProbe(await work.engine()),
      createdBy: work.createdBy,
      signal: work.signal,
      onProgress: (label, done, of) => {
        work.report({ kind: "progress", label, done, of });
      },
    });
    const { cost, own_cost } = lineage;
    return { ...work.begun, state: "done", checkpoint: work.shown(directory), cost, own_cost };
  } finally {
    for (const checkpoint of open) await checkpoint.close();
  }
}

async function named(name: string, checkpoint: Checkpoint): Promise<NamedCheckpoint> {
  if (checkpoint.tokenizerFiles.length === 0) return { name, checkpoint };
  const { sha256, vocabSize } = await loadTokenizer(checkpoint.directory);
  return { name, checkpoint, tokenizer: { sha256, vocabSize } };
}

function growable(parents: readonly NamedCheckpoint[]): "grow" | "reset" {
  const states = parents.map(({ name, checkpoint }) => ({ name, ...checkpoint }));
  return findStateFaults(states).length === 0 ? "grow" : "reset";
}

const probeBatches = 2;
const probeExamples = 8;

async function probeOf(stage: ResolvedFuse, parent: Checkpoint) {
  const { text } = stage;
  if (text !== undefined) {
    return { source: `text of ${text.corpus.name}`, batches: await textBatches(text, stage.seed) };
  }
  const examples = randomExamples(parent.configuration, {
    examples: probeExamples,
    inputs: 64,
    targets: 32,
    seed: stage.seed,
  });
  return {
    source: "random tokens",
    batches: padExamples(examples, probeExamples, parent.configuration),
  };
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
