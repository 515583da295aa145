/** What is timed: training steps of one model at one batch shape. */
import { createHash } from "node:crypto";
import type { T5Configuration } from "../checkpoint/configuration";
import { exampleShape } from "../data/span-corruption";
import { stepFlops } from "../model/cost";
import { presets } from "../model/presets";
import type { StepSettings } from "../training/learner";
import type { TrainSettings } from "../training/settings";

export interface Workload {
  readonly configuration: T5Configuration;
  readonly settings: StepSettings;
  /** Decoder tokens of an example. */
  readonly targets: number;
}

/** What a train stage does at every step. */
export function workloadOf(configuration: T5Configuration, stage: TrainSettings): Workload {
  const { batch, micro_batch, inputs, optimizer, gradient_clipping, precision, recompute } = stage;
  const { targets } = exampleShape(inputs, stage.objective);
  const step = { batch, micro_batch, inputs, optimizer, gradient_clipping };
  return { configuration, settings: { ...step, precision, recompute }, targets };
}

/** Floating-point operations of a step. */
export function workloadFlops({ configuration, settings, targets }: Workload): number {
  const { batch, inputs } = settings;
  return stepFlops(configuration, { examples: batch, inputs, targets, masked: false });
}

/** Equal for equal work: names, steps, seeds and rates do not change how long a step takes. */
export function workloadHash({ configuration, settings, targets }: Workload): string {
  const { batch, micro_batch, inputs, optimizer, gradient_clipping, precision, recompute } =
    settings;
  const clips = gradient_clipping > 0;
  const shape = {
    batch,
    micro_batch,
    inputs,
    targets,
    optimizer: optimizer.kind,
    clips,
    precision,
    // Speeds that were measured before there was a choice still hold.
    ...(recompute && { recompute }),
  };
  const sorted = Object.entries(configuration).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash("sha256")
    .update(JSON.stringify([sorted, shape]))
    .digest("hex");
}

/** The demo's wide model: what engines are compared by where there is no recipe. */
export const standardWorkload: Workload = {
  configuration: presets["t5-demo-wide"]!,
  settings: {
    batch: 16,
    micro_batch: 16,
    inputs: 69,
    optimizer: {
      kind: "adamw",
      ...{ beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 0 },
    },
    gradient_clipping: 1,
    precision: "float32",
    recompute: false,
  },
  targets: 69,
};
