import { describe, expect, test } from "vitest";
import { bytes, count, deviation, duration, short } from "../../extension/format";
import {
  checkpointLevel,
  type CheckpointNode,
  description,
  fusionText,
  label,
  nodeId,
  plain,
  plainText,
  runState,
  stageNodes,
  tensorLevel,
} from "../../extension/views/nodes";
import type { CatalogueRun } from "../../server/protocol/catalogue";
import { english } from "../support/languages";

const reader = { now: new Date(0), t: english };
const stage = { kind: "train", state: "done", inputs_sha256: "" } as const;
const run: CatalogueRun = {
  directory: "/runs/quickstart",
  name: "quickstart",
  startedAt: "2026-01-02T10:00:00.000Z",
  state: "stopped",
  stages: [
    { ...stage, name: "a", heldout_loss: 2.414 },
    {
      ...stage,
      name: "fused",
      kind: "fuse",
      fusion: { parents: ["a", "b"], method: "property", kind: "exact", drift: 3.1e-7 },
    },
    { ...stage, name: "wide", state: "running", step: 62, steps: 100, heldout_loss: 2.1 },
  ],
};

describe("the tree's nodes", () => {
  test("say of a stage how far it is, its held-out loss and the receipt's badge", () => {
    const texts = stageNodes(run).map((node) => description(node, reader));
    expect(texts).toEqual([
      "done, held-out 2.41",
      "= a + b, property, exact 3e-7",
      "62 %, held-out 2.10",
    ]);
  });

  test("give the stages that train the first colours, as the dashboard does", () => {
    const indices = stageNodes(run).map((node) => (node.kind === "stage" ? node.index : -1));
    expect(indices).toEqual([0, 2, 1]);
  });

  test("say of a run what the hub says, or that it cannot be read", () => {
    expect(runState({ ...run, state: "paused" })).toBe("paused");
    expect(runState({ ...run, problem: "damaged" })).toBe("unreadable");
    const text = (state: CatalogueRun["state"]): string =>
      description({ kind: "run", run: { ...run, state, startedAt: "" } }, reader);
    expect([text("paused"), text("pausing"), text("done")]).toEqual(["paused", "pausing", ""]);
  });

  test("of many checkpoints are spans of a hundred, the last with the newest", () => {
    const node = (step: number): CheckpointNode => ({
      kind: "checkpoint",
      checkpoint: { directory: `/r/a/step-${step}`, name: `step-${step}`, step },
      newest: step === 1050,
    });
    const all = Array.from({ length: 1050 }, (_, at) => node(at + 1));
    expect(checkpointLevel("a", all.slice(0, 200))).toEqual(all.slice(0, 200));
    const spans = checkpointLevel("a", all);
    expect(spans).toHaveLength(11);
    expect(label(spans[0]!, english)).toBe("step 1 – step 100");
    expect(description(spans[10]!, reader)).toBe("50 checkpoints, newest");
    expect(new Set(spans.map(nodeId)).size).toBe(11);
  });

  test("group tensors by the parts of their names, and leave single ones alone", () => {
    const file = "model.safetensors";
    const tensor = (name: string) => ({ name, dtype: "F32", shape: [2, 3], sizeBytes: 24, file });
    const tensors = ["shared.weight", "encoder.a.weight", "encoder.b.weight"].map(tensor);
    const level = tensorLevel({ directory: "/c", name: "c" }, tensors, "");
    expect(level.map((node) => label(node, english))).toEqual(["shared.weight", "encoder"]);
    expect(level.map((node) => description(node, reader))).toEqual([
      "[2, 3] float32, 24 B",
      "2 tensors, 48 B",
    ]);
  });

  test("show no line break, control or bidirectional character of a name, and bound its length", () => {
    expect(plain("a\nb\u202Ec\u0000d\u2028e")).toBe("a\uFFFDb\uFFFDc\uFFFDd\uFFFDe");
    expect(plain("x".repeat(1000)).length).toBe(200);
    expect(plain(`e${"\u0301".repeat(40)}x`)).toBe(`e${"\u0301".repeat(4)}x`);
    expect(plain("$(trash) [x](command:deepFusion.stopRun)")).toBe(
      "$\u2060(trash) [x]\u2060(command:deepFusion.stopRun)",
    );
    const sentence = `${"why ".repeat(100)}; do this`;
    expect(plainText(`${sentence}\n\u202Eand that`)).toBe(`${sentence} \uFFFDand that`);
    const fusion = { parents: ["\u202Ea"], method: "rule", kind: "drifts", drift: 0.02 } as const;
    expect(fusionText(fusion, english)).toBe("= \uFFFDa, rule, drifts 0.020");
  });
});

describe("figures", () => {
  test("have three digits and a unit", () => {
    expect([bytes(1), bytes(1234567), bytes(999_600)]).toEqual(["1 B", "1.23 MB", "1.00 MB"]);
    expect([short(77_000_000), short(1), count(1240)]).toEqual(["77.0M", "1", "1,240"]);
    expect([deviation(0), deviation(3.1e-7), deviation(0.0123)]).toEqual(["0", "3e-7", "0.012"]);
    expect([duration(0.2), duration(180), duration(7300)]).toEqual(["0.2 s", "3 min", "2 h 2 min"]);
  });
});
