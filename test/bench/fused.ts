/** A step of a fused child against one of a plain T5 that is as large. */
import { mkdir } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { eachModel, type StepModelName } from "./each-model";
import { median } from "./median";
import { type Bench, type BenchContext, type BenchResult, benchResult } from "./result";
import { stepModels, writeStepCase } from "./step-case";
import { stepTimes, typicalStep } from "./step-times";

/** Both take turns, so that what else the machine does hits both. */
const rounds = 3;

export const fusedBench: Bench = {
  name: "fused",
  summary:
    "a training step of a child of two parents, whose norms work on each part, against one of a plain T5 of its size",
  run: (context) => eachModel(async (model, folder) => [await compare(model, folder, context)]),
};

async function compare(
  model: StepModelName,
  folder: string,
  context: BenchContext,
): Promise<BenchResult> {
  const { configuration, shape } = stepModels[model];
  const half = configuration.d_model / 2;
  const paths = { plain: join(folder, "plain"), fused: join(folder, "fused") };
  const threads = availableParallelism();
  for (const [path, fusion_parts] of [
    [paths.plain, [2 * half]] as const,
    [paths.fused, [half, half]] as const,
  ]) {
    await mkdir(path);
    const stepModel = { configuration: { ...configuration, fusion_parts }, shape, steps: 12 };
    await writeStepCase(path, stepModel, { threads });
  }
  const times: Record<keyof typeof paths, number[]> = { plain: [], fused: [] };
  for (let round = 1; round <= rounds; round++) {
    context.progress(`  ${model}, round ${round} of ${rounds}`);
    times.plain.push(typicalStep(await stepTimes(context, [paths.plain])));
    times.fused.push(typicalStep(await stepTimes(context, [paths.fused])));
  }
  return benchResult(`fused/${model}/time`, {
    ...{ value: median(times.fused), unit: "ms", reference: median(times.plain) },
  });
}
