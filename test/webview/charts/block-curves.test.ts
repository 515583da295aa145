import { describe, expect, it } from "vitest";
import { kernelTable } from "../../../server/protocol/kernel-columns";
import type { KernelRecord } from "../../../server/protocol/metrics";
import {
  blockFrame,
  blockRows,
  kernelHistories,
  symmetryFrame,
} from "../../../webview/charts/block-curves";

const colors = {
  theme: "light",
  background: "#fff",
  text: "#000",
  quiet: "#666",
  grid: "#ccc",
} as const;

/** Of two kernels in turn; `wide` has blocks, `small` has none. */
const small = [record(0, "q"), record(0, "k"), record(10, "q"), record(10, "k")];
const blocks = { diagonal_norm: 3, off_diagonal_norm: 0.5 };
const wide = small.map((each) => ({ ...each, ...blocks, symmetry: each.step / 100 }));

describe("kernelHistories()", () => {
  it("takes the records of one kernel, of the stages that have them", () => {
    const [history, ...others] = histories([small, [], [record(3, "k")]]);
    expect(others).toEqual([]);
    expect([...history!.columns.step]).toEqual([0, 10]);
  });
});

describe("blockFrame() and symmetryFrame()", () => {
  it("draw what is recorded of each stage", () => {
    const all = histories([small, wide]);
    expect(blockFrame(all, colors).lines.map(({ label }) => label)).toEqual([
      "1, diagonal",
      "1, off-diagonal",
    ]);
    const [line] = symmetryFrame(all, colors).lines;
    expect([[...Array.from(line!.x)], [...Array.from(line!.y)]]).toEqual([
      [0, 10],
      [0, 0.1],
    ]);
  });

  it("say why there is nothing to draw, where the kernel is recorded", () => {
    const { lines, emptiness } = blockFrame(histories([small]), colors);
    expect([lines, emptiness]).toEqual([[], "This kernel has one part, and so no blocks"]);
    expect(symmetryFrame([], colors).emptiness).toBeUndefined();
  });
});

describe("blockRows()", () => {
  it("shows every statistic, nothing where none was recorded", () => {
    const [head, rows] = blockRows(histories([small, wide]));
    expect(head).toHaveLength(8);
    expect(rows[1]).toEqual(["0", "10", "0.1", "1", "2", "", "", ""]);
    expect(rows[3]).toEqual(["1", "10", "0.1", "1", "2", "3", "0.5", "0.1"]);
  });

  it("shows some of many, the first and the last among them", () => {
    const many = Array.from({ length: 10_000 }, (_, step) => record(step, "q"));
    const [, rows] = blockRows(histories([many]));
    expect(rows).toHaveLength(48);
    expect([rows[0]![1], rows.at(-1)![1]]).toEqual(["0", "9,999"]);
  });
});

function histories(stages: readonly (readonly KernelRecord[])[]) {
  const shown = stages.map((records, index) => ({
    id: String(index),
    label: String(index),
    index,
    kernels: kernelTable(records),
  }));
  return kernelHistories(shown, "q", "light");
}

function record(step: number, kernel: string): KernelRecord {
  return { step, kernel, mean: 0.1, std: 1, max_abs: 2 };
}
