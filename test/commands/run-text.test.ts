import { expect, test } from "vitest";
import { stageTable } from "../../server/commands/run-text";
import { runRecord } from "../support/run-record";

const record = runRecord({
  stages: {
    a: { kind: "train", state: "failed", inputs_sha256: "", error: "Cannot train: it is too much" },
    b: { kind: "train", state: "done", inputs_sha256: "", step: 3, checkpoint: "b/step-3" },
  },
});

test("stageTable() says below the table why a stage failed", () => {
  expect(stageTable(["a", "b"], record)).toEqual([
    "STAGE  STATE   STEPS  HELD-OUT LOSS  ACCURACY  TIME  CHECKPOINT",
    "a      failed",
    "b      done        3                                 b/step-3",
    "",
    "a: Cannot train: it is too much",
  ]);
});

test("stageTable() says below the table how many batches a stage has skipped", () => {
  const stage = { ...record.stages.b!, skipped_batches: 2 };
  const lines = stageTable(["b"], { ...record, stages: { b: stage } });
  expect(lines.slice(2)).toEqual(["", "b: batches skipped in float16: 2"]);
});

test("stageTable() says on which device each stage trained, where that is not the run's", () => {
  const { b } = record.stages;
  const stages = { a: { ...b!, device: "cuda:1" }, b: { ...b!, device: "cuda:0" }, fused: b! };
  const lines = stageTable(["a", "b", "fused"], { ...record, stages, device: "cuda:0,cuda:1" });
  expect(lines.map((line) => line.slice(0, 20).trimEnd())).toEqual([
    "STAGE  STATE  DEVICE",
    "a      done   cuda:1",
    "b      done   cuda:0",
    "fused  done",
  ]);
  const alike = { a: { ...b!, device: "cpu" } };
  expect(stageTable(["a"], { ...record, stages: alike })[0]).not.toContain("DEVICE");
});

test("stageTable() ends with the table where nothing failed", () => {
  expect(stageTable(["b"], record)).toHaveLength(2);
});
