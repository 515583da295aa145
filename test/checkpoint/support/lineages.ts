import type { Lineage, Operation } from "../../../server/protocol/checkpoint";
import { childLineage, type LineageParent } from "../../../server/checkpoint/lineage";

export const cost = (steps: number) => ({
  steps,
  tokens: 10 * steps,
  flops: 100 * steps,
  device_seconds: steps / 2,
});

export function trained(steps: number, ...parents: readonly LineageParent[]): Lineage {
  return childLineage({
    createdBy: "test",
    operation: { kind: "trained", steps },
    ownCost: cost(steps),
    parents,
  });
}

export const parent = (name: string, lineage: Lineage | undefined): LineageParent => ({
  name,
  weightsSha256: `sha of ${name}`,
  lineage,
});

export const fused: Operation = {
  kind: "fused",
  method: "property",
  fill: 0.01,
  seed: 3,
  optimizer: "grow",
  receipt: {
    method: "property",
    kind: "exact",
    drift: 2e-7,
    limit: 1e-5,
    parent_losses: [3.5, 3.75],
    child_loss: 3.25,
    filled_drift: 0.002,
    filled_loss: 3.26,
    probe: { source: "random tokens", examples: 4, tokens: 128 },
  },
};
