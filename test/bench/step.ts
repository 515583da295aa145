/** The time and memory of a training step against PyTorch's, on equal weights, batches and threads. */
import { availableParallelism } from "node:os";
import { eachModel, type StepModelName } from "./each-model";
import { median } from "./median";
import { type Bench, type BenchContext, type BenchResult, benchResult } from "./result";
import { type StepTimes, stepModels, writeStepCase } from "./step-case";
import { checkLosses, stepTimes, torchTimes, typicalStep } from "./step-times";

/** Both sides take turns, so that what else the machine does hits both. */
const rounds = 3;

export const stepBench: Bench = {
  name: "step",
  summary:
    "a training step (forward, backward, Adam) of two T5s, against PyTorch eager; time-flushed: against one that " +
    "is told to take subnormal numbers for zero, as this engine does; time-compiled: against such a one by " +
    "torch.compile with fused Adam",
  run: (context) => eachModel((model, folder) => compare(model, folder, context)),
};

async function compare(
  model: StepModelName,
  folder: string,
  context: BenchContext,
): Promise<BenchResult[]> {
  const threads = Math.min(availableParallelism(), 8);
  await writeStepCase(folder, stepModels[model], { threads });
  const ours: StepTimes[] = [];
  const torch: StepTimes[] = [];
  const flushing: StepTimes[] = [];
  const compiled: StepTimes[] = [];
  for (let round = 1; round <= rounds; round++) {
    context.progress(`  ${model}, round ${round} of ${rounds}, ${threads} threads`);
    ours.push(await stepTimes(context, [folder]));
    torch.push(await torchTimes(context, [folder]));
    flushing.push(await torchTimes(context, [folder, "flush"]));
    compiled.push(await torchTimes(context, [folder, "flush", "compile"]));
  }
  checkLosses(model, ours[0]!.losses, torch[0]!.losses);
  return [
    result(`step/${model}/time`, "ms", { ours, torch, quantity: typicalStep }),
    result(`step/${model}/time-flushed`, "ms", { ours, torch: flushing, quantity: typicalStep }),
    result(`step/${model}/time-compiled`, "ms", { ours, torch: compiled, quantity: typicalStep }),
    result(`step/${model}/first`, "ms", { ours, torch, quantity: ({ stepMs }) => stepMs[0]! }),
    result(`step/${model}/memory`, "MB", { ours, torch, quantity: peakMegabytes }),
  ];
}

interface Sides {
  readonly ours: readonly StepTimes[];
  readonly torch: readonly StepTimes[];
  readonly quantity: (times: StepTimes) => number;
}

function result(name: string, unit: string, { ours, torch, quantity }: Sides): BenchResult {
  const value = median(ours.map(quantity));
  return benchResult(name, { value, unit, reference: median(torch.map(quantity)) });
}

function peakMegabytes({ peakBytes }: StepTimes): number {
  return peakBytes / 1e6;
}
