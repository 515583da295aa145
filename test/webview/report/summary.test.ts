import { describe, expect, it } from "vitest";
import type { ReportRun, ReportStage } from "../../../server/protocol/report";
import { summarise } from "../../../webview/report/summary";

function stage(name: string, rest: Partial<ReportStage["record"]> = {}): ReportStage {
  return {
    name,
    record: { kind: "train", state: "done", inputs_sha256: "", steps: 1200, ...rest },
    parents: [],
    heldout: [],
    kernels: [],
    events: [],
    heatMaps: [],
    omittedHeatMaps: 0,
  };
}

function run(stages: readonly ReportStage[], conclusions: readonly string[] = []): ReportRun {
  return {
    name: "demo",
    createdBy: "",
    startedAt: "",
    engine: "graph",
    device: "cpu",
    threads: 1,
    stages,
    comparisons: [],
    conclusions,
  };
}

describe("summarise()", () => {
  it("passes on what the comparisons say, word for word", () => {
    const conclusions = [
      "self ends 0.016 nats lower than scratch.",
      "The lowest loss is 1.731, self's.",
    ];
    expect(summarise(run([], conclusions))).toEqual(conclusions);
  });

  it("says which stage failed, and why", () => {
    const failed = stage("a", { state: "failed", error: "the loss is not finite at step 7" });
    expect(summarise(run([failed]))).toContain("Stage a failed: the loss is not finite at step 7");
  });

  it("says nothing about a run that has done nothing", () => {
    expect(summarise(run([]))).toEqual([]);
  });
});
