import { describe, expect, it } from "vitest";
import {
  duration,
  lossNumber,
  percent,
  shortNumber,
  wholeNumber,
} from "../../../webview/charts/format";

describe("numbers as people read them", () => {
  it("have three figures and a prefix", () => {
    const numbers = [0, 0.01234, 12.345, 999.9, 1234567, 5.1e15, 3e-7, -18400, NaN];
    const texts = ["0", "0.0123", "12.3", "1k", "1.23M", "5.1P", "3.00e-7", "-18.4k", "NaN"];
    expect(numbers.map(shortNumber)).toEqual(texts);
  });

  it("have the third decimal where they are losses, and one where they are shares", () => {
    expect([lossNumber(2.1046), percent(0.4891)]).toEqual(["2.105", "48.9 %"]);
  });

  it("are separated where they are counts", () => {
    expect([wholeNumber(1200), wholeNumber(12)]).toEqual(["1,200", "12"]);
  });

  it("carry a unit of time that fits", () => {
    const seconds = [0.067, 4.25, 150, 9000, 3 * 86400];
    expect(seconds.map(duration)).toEqual(["67 ms", "4.25 s", "2.5 min", "2.5 h", "3.0 days"]);
  });
});
