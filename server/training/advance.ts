/** One step of a stage. In float16 batches may be skipped: it is then taken with a later one. */
import { addCosts } from "../checkpoint/lineage";
import type { StepRecord } from "../protocol/metrics";
import type { Progress } from "./progress";
import { type ScaledStep, scaledStep } from "./scaled-step";
import { learningRate } from "./schedule";
import type { Stage } from "./stage";

export interface Advance {
  readonly progress: Progress;
  readonly record: StepRecord;
}

/** Between a skipped batch and the step nothing is saved, so that records are always those of a checkpoint's steps. */
export async function advance(stage: Stage, before: Progress): Promise<Advance> {
  let tried = await tryBatch(stage, before);
  while (tried.record === undefined) tried = await tryBatch(stage, tried.progress);
  return tried;
}

type Tried = Advance | { readonly progress: Progress; readonly record: undefined };

async function tryBatch(stage: Stage, before: Progress): Promise<Tried> {
  const { options, batches, learner, recorder } = stage;
  const { settings, clock } = options;
  const startMs = clock.now();
  const batch = await batches.next();
  const rate = learningRate(settings.schedule, before.step, settings.steps);
  const step = before.step + 1;
  const update = before.updates + 1;
  const input = { ...batch, step, update, learningRate: rate };
  const taken = await scaledStep(learner, input, before.lossScale);
  const seconds = (clock.now() - startMs) / 1000;
  const progress = progressAfter(taken, before, { stage, batch, seconds });
  const { figures } = taken;
  if (figures === undefined) {
    recorder.event({ step, event: "notice", detail: taken.skipped });
    recorder.skips(taken.lossScale.skipped);
    return { progress, record: undefined };
  }
  const record = {
    step,
    loss: figures.loss,
    accuracy: figures.accuracy,
    learning_rate: rate,
    gradient_norm: figures.gradientNorm,
    tokens: progress.ownCost.tokens,
    flops: progress.ownCost.flops,
    seconds,
    memory_bytes: process.memoryUsage.rss(),
  };
  recorder.step(record);
  return { progress, record };
}

interface Spent {
  readonly stage: Pick<Stage, "learner">;
  readonly batch: Awaited<ReturnType<Stage["batches"]["next"]>>;
  readonly seconds: number;
}

/** A skipped batch has cost what another one does. */
function progressAfter(
  { figures, lossScale }: ScaledStep,
  before: Progress,
  { stage: { learner }, batch, seconds }: Spent,
): Progress {
  const steps = figures === undefined ? 0 : 1;
  return {
    ...before,
    step: before.step + steps,
    updates: before.updates + steps,
    cursor: batch.cursor,
    ownCost: addCosts(before.ownCost, {
      steps,
      tokens: learner.tokensPerStep,
      flops: learner.flopsPerStep,
      device_seconds: seconds,
    }),
    waitedSeconds: before.waitedSeconds + batch.waitedMs / 1000,
    ...(lossScale && { lossScale }),
  };
}
