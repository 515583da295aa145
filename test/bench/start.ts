/** How long a run takes until its first step is done, as a user waits for it: from the command to its line. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { measureProgram } from "./measured-process";
import { median } from "./median";
import { type Bench, type BenchContext, type BenchResult, benchResult } from "./result";
import { inScratch } from "./scratch";
import { type StepModel, stepModels } from "./step-case";

const rounds = 5;
const limits = { nano: 1500, "t5-small": 5000 } as const satisfies Record<
  keyof typeof stepModels,
  number
>;

export const startBench: Bench = {
  name: "start",
  summary: "from `deep-fusion run` until its first step is done: a new model, on embedded text",
  run: async (context) => {
    const results: BenchResult[] = [];
    for (const model of Object.keys(limits) as (keyof typeof limits)[]) {
      const times: number[] = [];
      for (let round = 1; round <= rounds; round++) {
        context.progress(`  ${model}, round ${round} of ${rounds}`);
        times.push(await inScratch((folder) => firstStep(stepModels[model], folder, context)));
      }
      results.push(
        benchResult(`start/${model}/first-step`, {
          ...{ value: median(times), unit: "ms", reference: limits[model] },
        }),
      );
    }
    return results;
  },
};

async function firstStep(
  model: StepModel,
  folder: string,
  { dist, signal }: BenchContext,
): Promise<number> {
  const recipe = join(folder, "start.fusion.yaml");
  await writeFile(recipe, recipeOf(model));
  const command = fileURLToPath(new URL("cli.js", dist));
  const words = [command, "run", recipe, "--out", join(folder, "run")] as const;
  // As a user starts it: what is measured beside the time would be loaded by each of its processes and threads.
  const { lines } = await measureProgram([process.execPath, ...words], { signal });
  const first = lines.find(({ text }) => text.startsWith("model: step 1 of"));
  if (first === undefined) throw new Error("Cannot time a start: the run told of no first step");
  return first.atMs;
}

/** JSON is YAML. Bytes as tokens: to read a vocabulary is no part of this. */
function recipeOf({ configuration, shape }: StepModel): string {
  const { vocab_size, d_model, d_kv, d_ff, num_heads, num_layers, num_decoder_layers } =
    configuration;
  const sizes = { vocab_size, d_model, d_kv, d_ff, num_heads, num_layers, num_decoder_layers };
  return JSON.stringify({
    version: 1,
    corpora: { books: { embedded: ["moby-dick"], holdout: 0.02 } },
    models: { small: { preset: "t5-small", ...sizes } },
    stages: {
      model: {
        train: "small",
        corpus: "books",
        inputs: shape.inputs,
        batch: shape.examples,
        steps: 2,
      },
    },
  });
}
