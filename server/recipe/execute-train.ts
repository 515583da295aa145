/** A train stage, in its trainer. */
import type { StageRecord } from "../protocol/run";
import { trainStage } from "../training/train-stage";
import type { StageWork } from "./stage-work";
import type { ResolvedTrain } from "./resolve";

export async function executeTrain(stage: ResolvedTrain, work: StageWork): Promise<StageRecord> {
  const { settings, from } = stage;
  const result = await trainStage({
    engine: await work.engine(),
    settings,
    start:
      from.kind === "model"
        ? { kind: "initialise", configuration: from.configuration }
        : {
            kind: "checkpoint",
            name: from.name,
            directory: work.checkpointOf(from.name),
            optimizer: "carry",
          },
    directory: work.directory,
    dataWorker: work.dataWorker,
    weightsWorker: work.weightsWorker,
    createdBy: work.createdBy,
    clock: work.clock,
    signal: work.signal,
    report: work.report,
  });
  return {
    ...work.begun,
    state: result.state,
    checkpoint: work.shown(result.checkpoint),
    step: result.step,
    steps: settings.steps,
    cost: result.cost,
    own_cost: result.ownCost,
    ...(result.skipped > 0 && { skipped_batches: result.skipped }),
    ...(result.heldout === undefined
      ? {}
      : {
          heldout_loss: result.heldout.heldout_loss,
          heldout_accuracy: result.heldout.heldout_accuracy,
        }),
  };
}
