/** A training step where another program keeps one core busy, against one that has the machine for itself. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { availableParallelism } from "node:os";
import { execPath } from "node:process";
import { eachModel, type StepModelName } from "./each-model";
import { median } from "./median";
import { type Bench, type BenchContext, type BenchResult, benchResult } from "./result";
import { stepModels, writeStepCase } from "./step-case";
import { stepTimes, typicalStep } from "./step-times";

const rounds = 3;

export const contentionBench: Bench = {
  name: "contention",
  summary: "a training step beside a program that keeps one core busy, against one without it",
  run: (context) => eachModel(async (model, folder) => [await compare(model, folder, context)]),
};

async function compare(
  model: StepModelName,
  folder: string,
  context: BenchContext,
): Promise<BenchResult> {
  await writeStepCase(folder, stepModels[model], { threads: availableParallelism() });
  const alone: number[] = [];
  const disturbed: number[] = [];
  for (let round = 1; round <= rounds; round++) {
    context.progress(`  ${model}, round ${round} of ${rounds}`);
    alone.push(typicalStep(await stepTimes(context, [folder])));
    disturbed.push(typicalStep(await besideBusyProgram(() => stepTimes(context, [folder]))));
  }
  return benchResult(`contention/${model}/time`, {
    ...{ value: median(disturbed), unit: "ms", reference: median(alone) },
  });
}

async function besideBusyProgram<T>(work: () => Promise<T>): Promise<T> {
  const busy = spawn(execPath, ["--eval", "for (;;);"], { stdio: "ignore" });
  const ended = once(busy, "close");
  try {
    return await work();
  } finally {
    busy.kill("SIGKILL");
    await ended;
  }
}
