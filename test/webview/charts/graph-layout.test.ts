import { fc } from "../../support/properties";
import { describe, expect, it } from "vitest";
import { layOut, type GraphNode } from "../../../webview/charts/graph-layout";

describe("layOut()", () => {
  it("draws two parents, their child and what is trained from it in a line, a baseline below", () => {
    const places = layOut([
      { id: "a", parents: [] },
      { id: "b", parents: [] },
      { id: "fused", parents: ["a", "b"] },
      { id: "wide", parents: ["fused"] },
      { id: "baseline", parents: [] },
    ]);
    expect(Object.fromEntries(places)).toEqual({
      a: { column: 0, row: 0 },
      b: { column: 0, row: 1 },
      fused: { column: 1, row: 0 },
      wide: { column: 2, row: 0 },
      baseline: { column: 0, row: 2 },
    });
  });

  it("keeps a long edge clear of the boxes between its ends", () => {
    const places = layOut([
      { id: "a", parents: [] },
      { id: "baseline", parents: [] },
      { id: "x", parents: ["a"] },
      { id: "y", parents: ["a"] },
      { id: "compare", parents: ["x", "y", "baseline"] },
    ]);
    expect(places.get("y")).toEqual({ column: 1, row: 1 });
    expect(places.get("baseline")).toEqual({ column: 0, row: 2 });
  });

  it("puts every node right of its parents, and no two in one place", () => {
    const graphs = fc.array(fc.array(fc.nat(9), { maxLength: 3 }), { maxLength: 10 }).map((lists) =>
      lists.map((parents, i): GraphNode => ({
        id: String(i),
        parents: i === 0 ? [] : parents.map((parent) => String(parent % i)),
      })),
    );
    fc.assert(
      fc.property(graphs, (nodes) => {
        const places = layOut(nodes);
        expect(
          new Set([...places.values()].map(({ column, row }) => `${column},${row}`)).size,
        ).toBe(nodes.length);
        for (const { id, parents } of nodes)
          for (const parent of parents)
            expect(places.get(parent)!.column).toBeLessThan(places.get(id)!.column);
      }),
    );
  });
});
