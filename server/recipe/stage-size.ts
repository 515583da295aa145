/** What a train stage will read and compute. */
import type { T5Configuration } from "../checkpoint/configuration";
import { exampleShape } from "../data/span-corruption";
import { stepFlops } from "../model/cost";
import type { TrainSettings } from "../training/settings";

export interface StageSize {
  readonly steps: number;
  /** Inputs and targets of all steps. */
  readonly tokens: number;
  readonly flops: number;
}

export function trainStageSize(
  configuration: T5Configuration,
  settings: Pick<TrainSettings, "steps" | "batch" | "inputs" | "objective">,
): StageSize {
  const { steps, batch, inputs, objective } = settings;
  const { targets } = exampleShape(inputs, objective);
  const shape = { examples: batch, inputs, targets, masked: false };
  return {
    steps,
    tokens: steps * batch * (inputs + targets),
    flops: steps * stepFlops(configuration, shape),
  };
}
