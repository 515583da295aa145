import { describe, expect, it } from "vitest";
import { csvCell } from "../../../webview/dashboard/export";

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
