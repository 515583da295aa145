/** What re-computation saves of the memory, and what it costs of the time. */
import { availableParallelism } from "node:os";
import { median } from "./median";
import { type Bench, type BenchContext, type BenchResult, benchResult } from "./result";
import { inScratch } from "./scratch";
import { type StepTimes, stepModels, writeStepCase } from "./step-case";
import { stepTimes, typicalStep } from "./step-times";

const rounds = 3;
const { configuration } = stepModels["t5-small"];
/** Most of whose memory is activations. */
const model = {
  configuration,
  shape: { examples: 8, inputs: 512, targets: 128, masked: false },
  steps: 4,
};

export const recomputeBench: Bench = {
  name: "recompute",
  summary:
    "a step of T5-Small on 8 examples of 512 inputs with recompute: true, against one that keeps its forward pass",
  run: (context) => inScratch((folder) => inScratch((other) => compare([folder, other], context))),
};

async function compare(
  [keeping, recomputing]: readonly [string, string],
  context: BenchContext,
): Promise<BenchResult[]> {
  const threads = Math.min(availableParallelism(), 8);
  await writeStepCase(keeping, model, { threads });
  await writeStepCase(recomputing, model, { threads, recompute: true });
  const kept: StepTimes[] = [];
  const recomputed: StepTimes[] = [];
  for (let round = 1; round <= rounds; round++) {
    context.progress(`  round ${round} of ${rounds}, ${threads} threads`);
    kept.push(await stepTimes(context, [keeping]));
    recomputed.push(await stepTimes(context, [recomputing]));
  }
  const row = (name: string, unit: string, quantity: (times: StepTimes) => number) =>
    benchResult(`recompute/t5-small/${name}`, {
      value: median(recomputed.map(quantity)),
      unit,
      reference: median(kept.map(quantity)),
    });
  return [row("memory", "MB", ({ peakBytes }) => peakBytes / 1e6), row("time", "ms", typicalStep)];
}
