/** Where a checkpoint came from, and what it and its ancestors cost. */
import type {
  Ancestor,
  Cost,
  Lineage,
  Operation,
  ParentReference,
  PartSizes,
} from "../protocol/checkpoint";

export const noCost: Cost = { steps: 0, tokens: 0, flops: 0, device_seconds: 0 };

/** A parent as the child sees it; without lineage it came from elsewhere, and its cost is not known. */
export interface LineageParent {
  readonly name: string;
  readonly weightsSha256: string;
  readonly lineage: Lineage | undefined;
}

export interface LineageStep {
  readonly createdBy: string;
  readonly operation: Operation;
  readonly ownCost: Cost;
  readonly parents: readonly LineageParent[];
  /** Of a fused model and what is trained from it. */
  readonly parts?: readonly PartSizes[];
}

export function addCosts(...costs: readonly Cost[]): Cost {
  return costs.reduce(
    (sum, cost) => ({
      steps: sum.steps + cost.steps,
      tokens: sum.tokens + cost.tokens,
      flops: sum.flops + cost.flops,
      device_seconds: sum.device_seconds + cost.device_seconds,
    }),
    noCost,
  );
}

/** The lineage of a child. Two ancestors are the same one where their weights have the same hash. */
export function childLineage(step: LineageStep): Lineage {
  const { createdBy, operation, ownCost, parents, parts } = step;
  const ancestors = new Map<string, Ancestor>();
  for (const parent of parents) addOnce(ancestors, asAncestor(parent));
  for (const { lineage } of parents) {
    for (const ancestor of lineage?.ancestors ?? []) addOnce(ancestors, ancestor);
  }
  return {
    version: 1,
    created_by: createdBy,
    operation,
    parents: parents.map(reference),
    ancestors: [...ancestors.values()],
    own_cost: ownCost,
    cost: addCosts(ownCost, ...[...ancestors.values()].map(({ own_cost }) => own_cost)),
    ...(parts && { parts }),
  };
}

/** The same ancestry at another point of the operation: more steps, and what they cost. */
export function continuedLineage(lineage: Lineage, operation: Operation, ownCost: Cost): Lineage {
  const ancestral = lineage.ancestors.map(({ own_cost }) => own_cost);
  return { ...lineage, operation, own_cost: ownCost, cost: addCosts(ownCost, ...ancestral) };
}

function reference({ name, weightsSha256, lineage }: LineageParent): ParentReference {
  return { name, weights_sha256: weightsSha256, cost: lineage?.cost ?? noCost };
}

function asAncestor({ name, weightsSha256, lineage }: LineageParent): Ancestor {
  return {
    name,
    weights_sha256: weightsSha256,
    operation: lineage?.operation ?? { kind: "imported", source: name },
    own_cost: lineage?.own_cost ?? noCost,
    parents: lineage?.parents.map(({ weights_sha256 }) => weights_sha256) ?? [],
  };
}

function addOnce(ancestors: Map<string, Ancestor>, ancestor: Ancestor): void {
  if (!ancestors.has(ancestor.weights_sha256)) ancestors.set(ancestor.weights_sha256, ancestor);
}
