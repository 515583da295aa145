/** Takes training steps on an engine, and says how long they take. */
import type { Engine, TensorStore } from "../engine/engine";
import { sizeOf } from "../engine/host";
import { type StepFigures, openLearner } from "../training/learner";
import type { Workload } from "./workload";

export interface StepTiming {
  /**
   * The quickest step: what else the machine does only makes steps longer. The first, which touches memory for the
   * first time, counts where it is alone.
   */
  readonly stepMs: number;
  readonly steps: number;
  /** What every step computes, for its weights stay as they are. */
  readonly loss: number;
  readonly gradientNorm: number;
}

export interface TimeStepsOptions {
  readonly workload: Workload;
  /** No further step begins after this long; a second one does, unless the first alone took three times as long. */
  readonly budgetMs: number;
  /** Compiled: the first step begins. */
  readonly onReady?: () => void;
}

/** Enough for one that nothing has disturbed. */
const mostSteps = 9;

export async function timeSteps(
  engine: Engine,
  { workload, budgetMs, onReady }: TimeStepsOptions,
): Promise<StepTiming> {
  const { configuration, settings, targets } = workload;
  const learner = await openLearner({ engine, configuration, settings, targets });
  try {
    await fillEvenly(learner.weights);
    const batch = batchOf(workload);
    let steps = 0;
    // At a rate of zero the weights stay finite, whatever the model is.
    const takeStep = () =>
      learner.step({ ...batch, step: ++steps, update: steps, learningRate: 0 });
    // A device makes its programs in the first, which belongs to compiling.
    if (engine.device !== "cpu") await takeStep();
    onReady?.();
    return await timed(takeStep, budgetMs);
  } finally {
    learner.dispose();
  }
}

async function timed(takeStep: () => Promise<StepFigures>, budgetMs: number): Promise<StepTiming> {
  const times: number[] = [];
  const start = performance.now();
  for (;;) {
    const before = performance.now();
    const { loss, gradientNorm } = await takeStep();
    times.push(performance.now() - before);
    const isOver = performance.now() - start >= budgetMs * (times.length === 1 ? 3 : 1);
    if (times.length < mostSteps && !isOver) continue;
    const stepMs = Math.min(...(times.length > 1 ? times.slice(1) : times));
    return { stepMs, steps: times.length, loss, gradientNorm };
  }
}

function batchOf({ configuration, settings, targets }: Workload) {
  const ids = (count: number) =>
    Int32Array.from(
      { length: count },
      (_, index) => 3 + ((index * 7) % (configuration.vocab_size - 3)),
    );
  return {
    inputIds: ids(settings.batch * settings.inputs),
    labels: ids(settings.batch * targets),
  };
}

/** Numbers of a usual size, quickly made: drawing a large model's weights would take longer than its step. */
async function fillEvenly(weights: TensorStore): Promise<void> {
  // A prime number of values, so that rows differ.
  const values = Float32Array.from({ length: 4093 }, (_, index) => 0.05 * Math.sin(index * index));
  for (const [name, { shape }] of Object.entries(weights.specs)) {
    const filled = new Float32Array(sizeOf(shape));
    for (let at = 0; at < filled.length; at += values.length) {
      filled.set(values.subarray(0, Math.min(values.length, filled.length - at)), at);
    }
    await weights.write(name, filled);
  }
}
