import { describe, expect, test } from "vitest";
import { addCosts, childLineage, noCost } from "../../server/checkpoint/lineage";
import { parseLineage } from "../../server/checkpoint/lineage-json";
import { cost, fused, parent, trained } from "./support/lineages";

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

describe("parseLineage()", () => {
  const lineage = childLineage({
    createdBy: "test",
    operation: fused,
    ownCost: noCost,
    parents: [parent("a", trained(2)), parent("flan", undefined)],
    parts: [
      { d_model: 48, num_heads: 2, d_ff: 192 },
      { d_model: 32, num_heads: 4, d_ff: 64 },
    ],
  });
  const written = (changes: object): unknown =>
    JSON.parse(JSON.stringify({ ...lineage, ...changes }));

  test("reads what was written", () => {
    expect(parseLineage(written({}), "x")).toEqual(lineage);
  });

  test.each([
    ["a later version", { version: 2 }, RangeError, /version is 2, .* use a newer Deep Fusion/],
    ["a missing cost", { cost: undefined }, SyntaxError, /x: cost is nothing; expected an object/],
    [
      "a cost that is text",
      { cost: { ...cost(1), steps: "1" } },
      SyntaxError,
      /steps of cost is "1"/,
    ],
    ["an unknown operation", { operation: { kind: "merged" } }, SyntaxError, /one of initialised/],
    ["parents that are no list", { parents: {} }, SyntaxError, /parents of the file is \{\}/],
    ["a parent that is no object", { parents: [1] }, SyntaxError, /parents\[0\] is 1/],
  ])("refuses %s", (_, changes, kind, message) => {
    expect(() => parseLineage(written(changes), "x")).toThrow(message);
    expect(() => parseLineage(written(changes), "x")).toThrow(kind);
  });
});
