/** Whether float16 learns what float32 does: the demo's small model, trained in both on the same batches. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Precision } from "../../server/engine/engine";
import { graphEngine } from "../../server/engine/graph/engine";
import { parseRecipe } from "../../server/recipe/parse";
import { noPins } from "../../server/recipe/pins";
import { type ResolvedTrain, resolveRecipe } from "../../server/recipe/resolve";
import { systemClock } from "../../server/training/clock";
import { type TrainResult, trainStage } from "../../server/training/train-stage";
import { type Bench, type BenchContext, type BenchResult, benchResult } from "./result";

const steps = 500;
/** Of the bytes' vocabulary, rounded up as the demo's models have it. */
const vocabulary = 384;
const mostPercent = 1;

export const precisionBench: Bench = {
  name: "precision",
  summary:
    `the held-out loss of the demo's small T5 after ${steps} steps in float16, against float32, with the same seed; ` +
    `apart: how far they are, against ${mostPercent} % at most; on the CPU, which rounds as a card would`,
  run: async (context) => {
    const half = await finalLoss("float16", context);
    const single = await finalLoss("float32", context);
    const apart = 100 * Math.abs(half / single - 1);
    return [
      benchResult("precision/demo/loss", { value: half, unit: "nats", reference: single }),
      benchResult("precision/demo/apart", { value: apart, unit: "%", reference: mostPercent }),
    ] satisfies BenchResult[];
  },
};

async function finalLoss(precision: Precision, context: BenchContext): Promise<number> {
  const { dist, signal } = context;
  const { settings, from } = await demoStage(dist);
  if (from.kind !== "model")
    throw new RangeError("Cannot train: the demo's first stage has no model");
  const directory = await mkdtemp(join(tmpdir(), "deep-fusion-bench-"));
  const worker = new URL("engine-worker.js", dist);
  const engine = await graphEngine({ device: "cpu", threads: availableParallelism(), worker });
  try {
    const result = await trainStage({
      engine,
      start: { kind: "initialise", configuration: from.configuration },
      settings: { ...settings, steps, precision, checkpoint_every: 0, heatmaps_every: 0 },
      directory,
      dataWorker: new URL("data-worker.js", dist),
      createdBy: "deep-fusion bench",
      clock: systemClock,
      signal,
      report: (report) => {
        if (report.kind !== "heldout") return;
        const { step, heldout_loss } = report.record;
        context.progress(
          `  ${precision}, step ${step} of ${steps}: held-out loss ${heldout_loss.toFixed(4)}`,
        );
      },
    });
    context.progress(
      `  ${precision}: ${secondsText(result)} a step, ${result.skipped} batches skipped`,
    );
    signal.throwIfAborted();
    return result.heldout!.heldout_loss;
  } finally {
    await engine.dispose();
    await rm(directory, { recursive: true });
  }
}

function secondsText({ ownCost, step }: TrainResult): string {
  return `${((1000 * ownCost.device_seconds) / step).toFixed(0)} ms`;
}

async function demoStage(dist: URL): Promise<ResolvedTrain> {
  const file = fileURLToPath(new URL("../examples/demo.fusion.yaml", dist));
  const { recipe } = parseRecipe(await readFile(file, "utf8"), file);
  if (recipe === undefined) throw new SyntaxError(`Cannot train: ${file} has errors`);
  const stages = resolveRecipe(recipe, { directory: "", vocabulary, pins: noPins });
  return stages.find((stage) => stage.kind === "train")!;
}
