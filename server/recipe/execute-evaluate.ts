/** An evaluate stage: several checkpoints on the same held-out examples. */
import { openCheckpoint } from "../checkpoint/checkpoint";
import type { Checkpoint } from "../checkpoint/checkpoint";
import { whyNotFinite } from "../checkpoint/not-finite";
import { heldoutExamples } from "../data/heldout";
import type { HeldoutExamples } from "../data/heldout";
import type { Engine } from "../engine/engine";
import { weightSpecs } from "../model/functions";
import type { StageRecord } from "../protocol/run";
import { openEvaluator } from "../training/evaluate";
import type { EvaluationCourse, HeldoutFigures } from "../training/evaluate";
import { fillStore } from "../training/weights";
import type { StageWork } from "./stage-work";
import type { ResolvedEvaluate } from "./resolve";

export async function executeEvaluate(
  stage: ResolvedEvaluate,
  work: StageWork,
): Promise<StageRecord> {
  const engine = await work.engine();
  const heldout = await heldoutExamples(stage.text, stage.examples);
  const results: Record<string, HeldoutFigures> = {};
  for (const [index, name] of stage.stages.entries()) {
    const checkpoint = await openCheckpoint(work.checkpointOf(name));
    try {
      const figures = await measureHeldout({
        ...{ engine, checkpoint, heldout, batch: stage.batch, signal: work.signal },
        onProgress: (share) => {
          const done = index + share;
          work.report({ kind: "progress", label: name, done, of: stage.stages.length });
        },
      });
      if (!Number.isFinite(figures.loss)) {
        const reason = await whyNotFinite(figures.loss, checkpoint.weights);
        throw new RangeError(`Cannot compare ${name} with others: ${reason}`);
      }
      results[name] = figures;
    } finally {
      await checkpoint.close();
    }
  }
  return { ...work.begun, state: "done", results };
}

export interface Measure extends EvaluationCourse {
  readonly engine: Engine;
  readonly checkpoint: Checkpoint;
  readonly heldout: HeldoutExamples;
  readonly batch: number;
}

/** The weights go to the engine and leave it again. */
export async function measureHeldout(measure: Measure): Promise<HeldoutFigures> {
  const { engine, checkpoint, heldout, batch } = measure;
  const { configuration } = checkpoint;
  const evaluator = openEvaluator({ engine, configuration, heldout, batch });
  try {
    const weights = engine.allocate(weightSpecs(configuration));
    try {
      await fillStore(weights, checkpoint.weights);
      return await evaluator.evaluate(weights, measure);
    } finally {
      weights.dispose();
    }
  } finally {
    evaluator.dispose();
  }
}
