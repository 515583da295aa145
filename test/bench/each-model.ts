/** A measurement of each model whose steps are timed, in a folder of its own. */
import type { BenchResult } from "./result";
import { inScratch } from "./scratch";
import { stepModels } from "./step-case";

export type StepModelName = keyof typeof stepModels;

export async function eachModel(
  measure: (model: StepModelName, folder: string) => Promise<readonly BenchResult[]>,
): Promise<BenchResult[]> {
  const results: BenchResult[] = [];
  for (const model of Object.keys(stepModels) as StepModelName[]) {
    results.push(...(await inScratch((folder) => measure(model, folder))));
  }
  return results;
}
