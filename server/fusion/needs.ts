/** What a fusion takes of the machine, known before it begins. */
import { stateShapes } from "../checkpoint/optimizer-state";
import type { OptimizerKind } from "../checkpoint/optimizer-state";
import { parameterCount } from "../checkpoint/parameters";
import { sizeOf } from "../checkpoint/tensor-source";
import type { FusionPlan } from "./plan";

const bytesPerValue = 4;

export interface FusionNeeds {
  /** Of the child's checkpoint; an old one in its place goes only when the new one is complete. */
  readonly diskBytes: number;
  /** Estimated peak: the child on the engine for the receipt, and its largest tensor while it is made. */
  readonly memoryBytes: number;
}

export interface NeedsOptions {
  /** Whose state grows with the weights; undefined: none. */
  readonly optimizer: OptimizerKind | undefined;
  /** Of all probe batches, padding included. */
  readonly targets: number;
}

export function fusionNeeds(plan: FusionPlan, { optimizer, targets }: NeedsOptions): FusionNeeds {
  const shapes = [...plan.tensors.values()].map(({ shape }) => shape);
  const weights = parameterCount(plan.configuration);
  const largest = Math.max(...shapes.map(sizeOf));
  const state =
    optimizer === undefined
      ? 0
      : shapes
          .flatMap((shape) => Object.values(stateShapes(optimizer, shape)).map(sizeOf))
          .reduce((sum, size) => sum + size, 0);
  // The mean in float64, and the logits of one model and of its reordered self.
  const logits = 4 * targets * plan.configuration.vocab_size;
  return {
    diskBytes: bytesPerValue * (weights + state),
    memoryBytes: bytesPerValue * (weights + 3 * largest + logits),
  };
}
