import { describe, expect, it } from "vitest";
import { kernelTable } from "../../../server/protocol/kernel-columns";
import {
  parentsWith,
  settle,
  type KernelStage,
  type Picture,
} from "../../../webview/kernels/kernel-stage";

const one = picture([], []);
const blocks = picture([0, 2], [0, 2]);
const rowsOnly = picture([0, 2], []);

/** a and b are fused; wide trains on; the fusion itself has no pictures. */
const stages = [
  stage("a", [], { embedding: one, q: one }),
  stage("b", [], { q: one }),
  stage("fused", ["a", "b"], {}),
  stage("wide", ["fused"], { embedding: rowsOnly, q: blocks }),
];

describe("settle()", () => {
  it("chooses what the reader chose, where it is there", () => {
    expect(chosen({ stage: "a", kernel: "q" })).toEqual(["a", "q"]);
    expect(chosen({ stage: "a", kernel: "gone" })).toEqual(["a", "embedding"]);
    expect(chosen({ stage: "gone", kernel: "embedding" })).toEqual(["wide", "embedding"]);
  });

  it("chooses the kernel where a fusion shows, where the reader has not", () => {
    expect(chosen({ stage: undefined, kernel: undefined })).toEqual(["wide", "q"]);
    expect(chosen({ stage: "b", kernel: undefined })).toEqual(["b", "q"]);
  });

  it("chooses nothing where there is no picture", () => {
    expect(settle(stages.slice(2, 3), { stage: "fused", kernel: "q" })).toBeUndefined();
  });
});

describe("parentsWith()", () => {
  it("looks through a fusion for the parents that have the kernel", () => {
    const wide = stages[3]!;
    expect(parentsWith(wide, "q", stages).map(({ id }) => id)).toEqual(["a", "b"]);
    expect(parentsWith(wide, "embedding", stages).map(({ id }) => id)).toEqual(["a"]);
    expect(parentsWith(stages[0]!, "q", stages)).toEqual([]);
  });

  it("ends in a graph with a cycle, as a damaged folder may have", () => {
    const cycle = [stage("x", ["y"], {}), stage("y", ["x"], {})];
    expect(parentsWith(cycle[0]!, "q", cycle)).toEqual([]);
  });
});

function chosen(wanted: Parameters<typeof settle>[1]) {
  const found = settle(stages, wanted);
  return [found?.stage.id, found?.kernel];
}

function stage(
  id: string,
  parentIds: readonly string[],
  pictures: Readonly<Record<string, Picture>>,
): KernelStage {
  const byKernel = new Map(Object.entries(pictures).map(([kernel, each]) => [kernel, [each]]));
  const common = { id, label: id, index: 0, parentIds, kernels: kernelTable([]) };
  return { ...common, pictures: byKernel };
}

function picture(rowBorders: readonly number[], columnBorders: readonly number[]): Picture {
  const sizes = { rows: 4, columns: 4, shape: [4, 4] } as const;
  return { step: 0, kernel: "", ...sizes, rowBorders, columnBorders };
}
