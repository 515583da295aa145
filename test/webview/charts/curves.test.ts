import { describe, expect, it } from "vitest";
import { positionAfter, stepPositions } from "../../../webview/charts/axis";
import { curveKinds, curveLines, eventMarks, placeStage } from "../../../webview/charts/curves";
import { focusRange } from "../../../webview/charts/focus";
import { stageStyle } from "../../../webview/charts/palette";
import { readingsAt } from "../../../webview/charts/readout";
import { firstAtLeast, nearestIndex } from "../../../webview/charts/search";
import { tokensPerSecond, type StageCurves } from "../../../webview/charts/series";

const stage: StageCurves = {
  id: "0/wide",
  label: "wide",
  styleIndex: 0,
  series: {
    step: [1, 2, 3],
    loss: [3, 2.5, 2.25],
    accuracy: [0.1, 0.2, 0.25],
    learning_rate: [0.02, 0.02, 0.01],
    gradient_norm: [1, 1, 1],
    tokens: [100, 200, 300],
    flops: [1e9, 2e9, 3e9],
    seconds: [2, 0.5, 0.5],
    memory_bytes: [1, 1, 1],
  },
  heldout: [
    { step: 0, heldout_loss: 3.5, heldout_accuracy: 0.05 },
    { step: 3, heldout_loss: 2.3, heldout_accuracy: 0.24 },
  ],
  events: [
    { step: 0, event: "start" },
    { step: 2, event: "checkpoint" },
  ],
  fused: true,
  inherited: { steps: 20, tokens: 5000, flops: 7e9, device_seconds: 30 },
};
const style = stageStyle(0, "light");

describe("x positions", () => {
  it("count the stage's own cost, or its ancestors' first", () => {
    expect(Array.from(stepPositions(stage, "step", "own"))).toEqual([1, 2, 3]);
    expect(Array.from(stepPositions(stage, "flops", "lineage"))).toEqual([8e9, 9e9, 10e9]);
  });

  it("add up the seconds of the steps", () => {
    expect(Array.from(stepPositions(stage, "time", "own"))).toEqual([2, 2.5, 3]);
    expect(Array.from(stepPositions(stage, "time", "lineage"))).toEqual([32, 32.5, 33]);
  });

  it("put step 0 at the start", () => {
    const positions = stepPositions(stage, "tokens", "lineage");
    expect(positionAfter(0, stage.series, { start: 5000, positions })).toBe(5000);
    expect(positionAfter(2, stage.series, { start: 5000, positions })).toBe(5200);
  });
});

describe("curveLines()", () => {
  const placed = placeStage(stage, style, { axis: "step", cost: "own" });

  it("has the values behind their running mean, and the held-out ones", () => {
    const lines = curveLines(placed, curveKinds.loss, 4);
    expect(lines.map(({ role }) => role)).toEqual(["raw", "training", "heldout"]);
    expect(lines[0]!.y).toEqual([3, 2.5, 2.25]);
    expect(lines[2]).toMatchObject({ x: [0, 3], y: [3.5, 2.3] });
  });

  it("never smooths a schedule", () => {
    const lines = curveLines(placed, curveKinds.learningRate, 4);
    expect(lines.map(({ role, y }) => ({ role, y }))).toEqual([
      { role: "training", y: [0.02, 0.02, 0.01] },
    ]);
  });

  it("marks the fusion that a stage starts from, and its checkpoints", () => {
    expect(eventMarks(placed).map(({ x, kind }) => ({ x, kind }))).toEqual([
      { x: 0, kind: "fusion" },
      { x: 2, kind: "checkpoint" },
    ]);
  });

  it("reads exact values under the crosshair, and none beyond the line's end", () => {
    const lines = curveLines(placed, curveKinds.loss, 4);
    const [reading] = readingsAt(lines, 2.9, 0.1);
    expect(reading).toMatchObject({ label: "wide", x: 3 });
    expect(reading!.values[0]).toEqual({ name: "", value: 2.25 });
    expect(reading!.values.at(-1)).toEqual({ name: "held-out", value: 2.3 });
    expect(readingsAt(lines, 9, 0.1)).toEqual([]);
  });
});

describe("focusRange()", () => {
  it("leaves the first steps of a fresh model above the picture, on demand only", () => {
    const x = Array.from({ length: 101 }, (_, i) => i);
    const y = x.map((step) => (step < 5 ? 7 : 2 - step / 1000));
    const line = { id: "a", label: "a", role: "training", style, x, y } as const;
    expect(focusRange([line], curveKinds.loss, "later").max).toBeLessThan(2.1);
    expect(focusRange([line], curveKinds.loss, "all")).toEqual({});
    expect(focusRange([line], curveKinds.learningRate, "later")).toEqual({});
  });
});

describe("tokensPerSecond()", () => {
  it("divides what a step added by its seconds", () => {
    expect([...tokensPerSecond(stage.series)]).toEqual([50, 200, 200]);
  });
});

describe("search in ascending values", () => {
  it("finds the nearest, the first of two equally near", () => {
    const found = [0, 1.4, 1.5, 99].map((target) => nearestIndex([1, 2, 4], target));
    expect(found).toEqual([0, 0, 0, 2]);
    expect(nearestIndex([], 1)).toBe(-1);
  });

  it("finds the first that is large enough", () => {
    expect([0, 2, 3, 5].map((target) => firstAtLeast([1, 2, 4], target))).toEqual([0, 1, 2, 3]);
  });
});
