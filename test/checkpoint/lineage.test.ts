import { describe, expect, test } from "vitest";
import type { Lineage } from "../../server/protocol/checkpoint";
import {
  addCosts,
  childLineage,
  noCost,
  type LineageParent,
} from "../../server/checkpoint/lineage";

const cost = (steps: number) => ({
  steps,
  tokens: 10 * steps,
  flops: 100 * steps,
  device_seconds: steps / 2,
});

function trained(steps: number, ...parents: readonly LineageParent[]): Lineage {
  return childLineage({
    createdBy: "test",
    operation: { kind: "trained", steps },
    ownCost: cost(steps),
    parents,
  });
}

const parent = (name: string, lineage: Lineage | undefined): LineageParent => ({
  name,
  weightsSha256: `sha of ${name}`,
  lineage,
});

describe("addCosts()", () => {
  test("adds every figure, and of nothing is nothing", () => {
    expect(addCosts(cost(2), cost(3))).toEqual(cost(5));
    expect(addCosts()).toEqual(noCost);
  });
});

describe("childLineage()", () => {
  test("adds the parents' costs to its own", () => {
    const child = trained(5, parent("a", trained(2)), parent("b", trained(3)));
    expect(child.cost).toEqual(cost(10));
    expect(child.own_cost).toEqual(cost(5));
    expect(child.parents.map(({ name, cost: { steps } }) => [name, steps])).toEqual([
      ["a", 2],
      ["b", 3],
    ]);
  });

  test("counts a common ancestor once", () => {
    const common = parent("common", trained(7));
    const child = trained(0, parent("a", trained(2, common)), parent("b", trained(3, common)));
    expect(child.cost).toEqual(cost(12));
    expect(child.ancestors.map(({ name }) => name)).toEqual(["a", "b", "common"]);
  });

  test("counts the parent of a self-fusion once, and names it as often as it went in", () => {
    const a = parent("a", trained(4));
    const child = trained(0, a, a);
    expect(child.cost).toEqual(cost(4));
    expect(child.parents).toHaveLength(2);
    expect(child.ancestors).toHaveLength(1);
  });

  test("takes a parent without lineage as imported, at no cost", () => {
    const child = trained(1, parent("flan", undefined));
    expect(child.cost).toEqual(cost(1));
    expect(child.ancestors).toMatchObject([
      { name: "flan", operation: { kind: "imported", source: "flan" }, own_cost: noCost },
    ]);
  });
});
