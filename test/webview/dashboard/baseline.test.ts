import { kernelTable } from "../../../server/protocol/kernel-columns";
import { describe, expect, it } from "vitest";
import { stepColumns, type StepColumns } from "../../../server/protocol/step-columns";
import type { RunStatus, StageStatus } from "../../../server/protocol/runs";
import type { AxisKind } from "../../../webview/charts/axis";
import { placeStage, type PlacedStage } from "../../../webview/charts/curves";
import { stageStyle } from "../../../webview/charts/palette";
import { againstBaseline, baselineOf, baselineSentence } from "../../../webview/dashboard/baseline";
import { liveStages, type LiveStage } from "../../../webview/dashboard/stages";
import { StageLog } from "../../../webview/live/stage-log";

const run: RunStatus = {
  folder: "/runs/r",
  name: "r",
  state: "running",
  resumable: false,
  startedAt: "2026-01-01T00:00:00Z",
  engine: "graph",
  device: "cpu",
  threads: 1,
  recipeChanged: false,
  stages: [
    stage("a", "train", [], 100),
    stage("b", "train", [], 100),
    stage("fused", "fuse", ["a", "b"], 1),
    stage("wide", "train", ["fused"]),
    stage("small", "train", []),
    stage("baseline", "train", []),
    stage("compare", "evaluate", ["wide", "baseline", "small"]),
  ],
};

/** FLOPs a step, and held-out loss by step. */
const logs: Readonly<Record<string, { flops: number; heldout: Readonly<Record<number, number>> }>> =
  {
    wide: { flops: 50, heldout: { 0: 3, 10: 2.4, 20: 2.2, 30: 2 } },
    small: { flops: 10, heldout: { 10: 2.5 } },
    baseline: { flops: 50, heldout: { 10: 4, 20: 3, 100: 2.3 } },
  };

describe("baselineOf()", () => {
  it("is the widest of those that start from scratch and are no parents", () => {
    expect(baselineOf(run, stages())?.name).toBe("baseline");
  });

  it("is none where nothing is fused", () => {
    const plain = { ...run, stages: run.stages.filter(({ kind }) => kind !== "fuse") };
    expect(
      baselineOf(
        plain,
        liveStages([plain], ({ stage: name }) => log(name)),
      ),
    ).toBeUndefined();
  });
});

describe("againstBaseline()", () => {
  it("counts a fused model's steps alone: 20 against 100", () => {
    const result = againstBaseline(placed("wide", "own"), placed("baseline", "own"))!;
    expect([result.loss, result.x, result.baselineX]).toEqual([2.3, 20, 100]);
    expect(baselineSentence(result, "step", "own")).toBe(
      "wide reached baseline's lowest held-out loss 2.300 with 80 % fewer steps, parents not counted.",
    );
  });

  it("adds what both parents cost: 201 + 20 against 100", () => {
    const result = againstBaseline(placed("wide", "lineage"), placed("baseline", "lineage"))!;
    expect([result.x, result.baselineX]).toEqual([221, 100]);
    expect(baselineSentence(result, "step", "lineage")).toContain(
      "with 121 % more steps, parents included",
    );
  });

  const phrase = (axis: AxisKind, words: string): void => {
    it(`says "${words}" where ${axis} are counted`, () => {
      const result = againstBaseline(placed("wide", "own"), placed("baseline", "own"))!;
      expect(baselineSentence(result, axis, "own")).toContain(` with ${words}, parents`);
    });
  };
  phrase("tokens", "80 % fewer tokens");
  phrase("flops", "80 % fewer FLOPs");
  phrase("time", "80 % less device time");

  it("says where both are while the loss is not yet reached", () => {
    const result = againstBaseline(placed("small", "own"), placed("baseline", "own"))!;
    expect(result.x).toBeUndefined();
    expect(baselineSentence(result, "step", "own")).toBe(
      "small is at held-out loss 2.500; baseline's lowest so far is 2.300.",
    );
  });
});

function stages(): LiveStage[] {
  return liveStages([run], ({ stage: name }) => log(name));
}

function placed(name: string, cost: "own" | "lineage"): PlacedStage {
  const { curves } = stages().find((each) => each.name === name)!;
  return placeStage(curves!, stageStyle(0, "light"), { axis: "step", cost });
}

function log(name: string): StageLog | undefined {
  const figures = logs[name];
  if (figures === undefined) return undefined;
  const made = new StageLog();
  const column = (quantity: keyof StepColumns): Float64Array =>
    Float64Array.from(
      { length: 100 },
      (_, i) => (quantity === "flops" ? figures.flops : 1) * (i + 1),
    );
  made.addRecords({
    kind: "records",
    run: run.folder,
    stage: name,
    first: 0,
    count: 100 + Object.keys(figures.heldout).length,
    cursor: "",
    caughtUp: true,
    share: 1,
    kernels: kernelTable([]),
    steps: Object.fromEntries(
      stepColumns.map((quantity) => [quantity, column(quantity)]),
    ) as unknown as StepColumns,
    others: Object.entries(figures.heldout).map(([step, heldout_loss]) => ({
      step: Number(step),
      heldout_loss,
      heldout_accuracy: 0.5,
    })),
  });
  return made;
}

function stage(
  name: string,
  kind: StageStatus["kind"],
  parents: readonly string[],
  steps?: number,
): StageStatus {
  const cost = { steps: steps ?? 0, tokens: 1, flops: 1, device_seconds: 1 };
  return {
    name,
    kind,
    parents,
    state: steps === undefined ? "running" : "done",
    inputs_sha256: "",
    ...(steps !== undefined && { own_cost: cost }),
  };
}
