/** Saving a stage: a whole checkpoint beside the old one, then the old ones' removal. */
import { basename } from "node:path";
import { continuedLineage } from "../checkpoint/lineage";
import { writeCheckpoint } from "../checkpoint/write-checkpoint";
import { pauseWhileFull } from "./disk-full";
import { type Progress, progressJson } from "./progress";
import type { Stage } from "./stage";
import { checkpointDirectory, pruneCheckpoints } from "./stage-folder";
import { storeSource } from "./weights";

const keptCheckpoints = 2;

/**
 * Writes records and checkpoint to the disk; pauses while it is full.
 * @returns the checkpoint's path
 */
export async function save(stage: Stage, progress: Progress): Promise<string> {
  const { directory, keepCheckpoints = keptCheckpoints } = stage.options;
  const target = checkpointDirectory(directory, progress.step);
  // Records first: every record up to a checkpoint's step is on the disk before the checkpoint is.
  await pausing(stage, progress, async () => {
    await stage.recorder.sync();
    await write(stage, progress, target);
  });
  await pruneCheckpoints(directory, keepCheckpoints);
  stage.recorder.event({ step: progress.step, event: "checkpoint", detail: basename(target) });
  return target;
}

/** Runs `write` until the disk has room for it, and says so when it has to wait. */
export function pausing(
  { options: { clock, signal }, recorder }: Stage,
  { step }: Progress,
  write: () => Promise<void>,
): Promise<void> {
  return pauseWhileFull(write, {
    clock,
    signal,
    onPause: (detail) => {
      recorder.event({ step, event: "pause", detail });
      recorder.waits(detail);
    },
    onGoOn: () => {
      recorder.waits(undefined);
    },
  });
}

async function write(stage: Stage, progress: Progress, target: string): Promise<void> {
  const { options, start, learner } = stage;
  const { step, ownCost } = progress;
  const hasState = Object.keys(learner.state.specs).length > 0;
  await writeCheckpoint(target, {
    configuration: start.configuration,
    weights: storeSource(learner.weights),
    lineage: continuedLineage(start.lineage, { kind: "trained", steps: step }, ownCost),
    trainerState: progressJson(progress, options.settings.optimizer.kind),
    tokenizerFiles: stage.tokenizerFiles,
    generation: start.origin?.generation,
    carried: start.origin?.carried,
    ...(start.origin && { parentCards: [start.origin.card] }),
    ...(hasState && { optimizer: storeSource(learner.state) }),
  });
}
