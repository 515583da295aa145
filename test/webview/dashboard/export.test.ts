import { describe, expect, it } from "vitest";
import { kernelTable } from "../../../server/protocol/kernel-columns";
import { kernelHistories } from "../../../webview/charts/block-curves";
import { csvCell, kernelCsv } from "../../../webview/dashboard/export";

describe("kernelCsv()", () => {
  it("has a row a step with every statistic, exact, and nothing where none was recorded", () => {
    const figures = { mean: -0.1, std: Math.fround(0.1), max_abs: 3e-7 };
    const records = [
      { step: 0, kernel: "q", ...figures },
      { step: 0, kernel: "k", ...figures },
      { step: 5, kernel: "q", ...figures, diagonal_norm: 2, off_diagonal_norm: 0, symmetry: 1 },
    ];
    const stage = { id: "1", label: "=wide, too", index: 0, kernels: kernelTable(records) };
    expect(kernelCsv("q", kernelHistories([stage], "q", "dark")).split("\r\n")).toEqual([
      "stage,kernel,step,mean,std,max_abs,diagonal_norm,off_diagonal_norm,symmetry",
      `"'=wide, too",q,0,-0.1,0.10000000149011612,3e-7,,,`,
      `"'=wide, too",q,5,-0.1,0.10000000149011612,3e-7,2,0,1`,
      "",
    ]);
  });
});

describe("csvCell()", () => {
  const check = (text: string, cell: string): void => {
    it(`writes ${JSON.stringify(text)} as ${cell}`, () => {
      expect(csvCell(text)).toBe(cell);
    });
  };
  check("wide", "wide");
  check('a "b", c', '"a ""b"", c"');
  check("two\nlines", '"two\nlines"');
  check("=HYPERLINK(1)", "'=HYPERLINK(1)");
  check("-1,2", `"'-1,2"`);
});
