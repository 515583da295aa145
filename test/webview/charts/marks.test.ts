import { describe, expect, it } from "vitest";
import { apart } from "../../../webview/charts/chart-marks";
import { markRadii } from "../../../webview/charts/line-chart";
import { stageStyle } from "../../../webview/charts/palette";

describe("what marks a long run", () => {
  it("leaves out what would run into the one before, of each kind and stage alone", () => {
    const mark = (pixel: number, kind: "checkpoint" | "resume", stage = 0) => ({
      ...{ pixel, kind, style: stageStyle(stage, "light") },
    });
    const close = Array.from({ length: 100 }, (_, i) => mark(i, "checkpoint"));
    expect(apart(close).map(({ pixel }) => pixel)).toEqual(
      Array.from({ length: 25 }, (_, i) => 4 * i),
    );
    const others = [mark(0, "checkpoint"), mark(1, "resume"), mark(2, "checkpoint", 1)];
    expect(apart(others)).toEqual(others);
  });

  it("gives every held-out point its mark where they are few, else some at even distances", () => {
    expect(markRadii(3)).toEqual([3.5, 3.5, 3.5]);
    const marked = markRadii(1600).flatMap((radius, index) => (radius > 0 ? [index] : []));
    expect(marked).toEqual(Array.from({ length: 40 }, (_, i) => 40 * i));
    expect(markRadii(0)).toEqual([]);
  });
});
