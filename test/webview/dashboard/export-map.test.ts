import { describe, expect, it } from "vitest";
import type { Frame } from "../../../webview/heatmap/frame";
import { mapCsv } from "../../../webview/dashboard/export-map";

describe("mapCsv()", () => {
  it("has a row a cell, with all that the cell stands for and its exact value", () => {
    const frame: Frame = {
      step: 20,
      kernel: "q, weight",
      rows: 2,
      columns: 2,
      shape: [2, 100],
      rowBorders: [],
      columnBorders: [],
      values: Float32Array.of(0.1, -2, 0, 3e-7),
    };
    expect(mapCsv(frame).split("\r\n")).toEqual([
      "kernel,step,first_row,last_row,first_column,last_column,mean",
      `"q, weight",20,0,0,0,49,${Math.fround(0.1)}`,
      `"q, weight",20,0,0,50,99,-2`,
      `"q, weight",20,1,1,0,49,0`,
      `"q, weight",20,1,1,50,99,${Math.fround(3e-7)}`,
      "",
    ]);
  });
});
