import { describe, expect, it } from "vitest";
import type { ComparisonRow, ReportRun, ReportStage } from "../../../server/protocol/report";
import { summarise } from "../../../webview/report/summary";

const cost = (seconds: number) => ({ steps: 1, tokens: 1, flops: 1, device_seconds: seconds });

function row(stage: string, loss: number, rest: Partial<ComparisonRow> = {}): ComparisonRow {
  const costs = { cost: cost(80), ownCost: cost(80) };
  return { stage, loss, accuracy: 0.5, evaluatedTokens: 1000, wideSteps: 0, ...costs, ...rest };
}

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

function run(stages: readonly ReportStage[], rows: readonly ComparisonRow[]): ReportRun {
  return {
    name: "demo",
    createdBy: "",
    startedAt: "",
    engine: "graph",
    device: "cpu",
    threads: 1,
    stages,
    comparisons: rows.length === 0 ? [] : [{ stage: "compare", baseline: "baseline", rows }],
  };
}

describe("summarise()", () => {
  it("names the winner even where it is not a fused model", () => {
    const rows = [row("wide", 1.731), row("baseline", 1.747), row("small_longer", 1.711)];
    expect(summarise(run([], rows))[0]).toBe(
      "Lowest held-out loss: small_longer, 1.711 nats per target token, accuracy 50.0 %; next is wide with 1.731.",
    );
  });

  it("says what a child saves, where it starts and where it ends", () => {
    const rows = [
      row("wide", 1.731, {
        startLoss: 2.1,
        baselineStepAtStart: 500,
        wideSteps: 960,
        cost: cost(76),
      }),
      row("baseline", 1.747, { wideSteps: 1200 }),
    ];
    expect(summarise(run([stage("baseline")], rows)).at(-1)).toBe(
      "wide starts at 2.100, where baseline is at step 500 of 1,200, ends 0.016 nats below baseline, " +
        "with 95 % of its device time, parents included, 960 wide steps against 1,200.",
    );
  });

  it("does not turn a loss into a win", () => {
    const rows = [row("wide", 1.76), row("baseline", 1.747)];
    expect(summarise(run([], rows)).at(-1)).toContain("ends 0.013 nats above baseline");
  });

  it("says which stage failed, and why", () => {
    const failed = stage("a", { state: "failed", error: "the loss is not finite at step 7" });
    expect(summarise(run([failed], []))).toContain(
      "Stage a failed: the loss is not finite at step 7",
    );
  });

  it("says nothing about a run that has done nothing", () => {
    expect(summarise(run([], []))).toEqual([]);
  });
});
