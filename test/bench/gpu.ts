/** Training on a GPU by WebGPU, against PyTorch eager on the same card, in float32 on both sides. */
import { availableParallelism } from "node:os";
import { presets } from "../../server/model/presets";
import { median } from "./median";
import { type Bench, type BenchContext, type BenchResult, benchResult } from "./result";
import { inScratch } from "./scratch";
import { type StepModel, type StepTimes, stepModels, writeStepCase } from "./step-case";
import { checkLosses, stepTimes, torchTimes, typicalStep } from "./step-times";

const rounds = 2;

const models: Readonly<Record<string, StepModel>> = {
  nano: stepModels.nano,
  "t5-medium": {
    configuration: presets["t5-medium"]!,
    shape: { examples: 8, inputs: 512, targets: 114, masked: false },
    steps: 12,
  },
};

export const gpuBench: Bench = {
  name: "gpu",
  summary:
    "tokens a second of training steps (forward, backward, Adam) by WebGPU, against PyTorch eager on CUDA; needs a card",
  asked: true,
  run: async (context) => {
    const results: BenchResult[] = [];
    for (const [name, model] of Object.entries(models)) {
      results.push(...(await compare(name, model, context)));
    }
    return results;
  },
};

function compare(name: string, model: StepModel, context: BenchContext): Promise<BenchResult[]> {
  return inScratch(async (folder) => {
    await writeStepCase(folder, model, { threads: availableParallelism(), device: "webgpu" });
    const ours: StepTimes[] = [];
    const torch: StepTimes[] = [];
    for (let round = 1; round <= rounds; round++) {
      context.progress(`  ${name}, round ${round} of ${rounds}`);
      ours.push(await stepTimes(context, [folder]));
      torch.push(await torchTimes(context, [folder]));
    }
    checkLosses(name, ours[0]!.losses, torch[0]!.losses);
    const { examples, inputs, targets } = model.shape;
    const speed = (times: readonly StepTimes[]): number =>
      (1000 * examples * (inputs + targets)) / median(times.map(typicalStep));
    const compared = { value: speed(ours), unit: "tokens/s", reference: speed(torch) };
    return [benchResult(`gpu/${name}/speed`, compared)];
  });
}
