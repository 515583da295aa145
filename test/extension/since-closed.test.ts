import { describe, expect, test } from "vitest";
import { foldersUnderWay, whereTheyAre } from "../../extension/since-closed";
import type { RunState, RunStatus, StageStatus } from "../../server/protocol/runs";

const t = (text: string, ...values: readonly unknown[]) =>
  text.replace(/\{(\d)\}/g, (_, index: string) => String(values[Number(index)]));

function run(name: string, state: RunState, reason?: string): RunStatus {
  const stage: StageStatus = {
    ...{ name: "a", kind: "train", state: "running", inputs_sha256: "" },
    ...{ step: 31, steps: 50 },
  };
  return {
    ...{ folder: `/runs/${name}`, name, state, stages: [stage] },
    ...{ engine: "graph", device: "cpu", threads: 1 },
    ...{ resumable: true, startedAt: "", recipeChanged: false },
    ...(reason !== undefined && { reason }),
  };
}

describe("foldersUnderWay()", () => {
  test("are of runs that have a process, paused ones too", () => {
    const runs = [run("b", "running"), run("c", "done"), run("a", "paused"), run("d", "stopped")];
    expect(foldersUnderWay(runs)).toEqual(["/runs/a", "/runs/b"]);
  });
});

describe("whereTheyAre()", () => {
  test("says of each how far it is, or how it ended", () => {
    const runs = [
      ...[run("long", "running"), run("short", "done"), run("late", "stopped")],
      ...[run("still", "paused"), run("bad", "failed", "the disk\nis full")],
    ];
    expect(whereTheyAre(runs, t)).toBe(
      "long goes on, 62 % done; short is done; late is saved and stopped, 62 % done; " +
        "still is paused, 62 % done; bad failed (the disk is full)",
    );
  });

  test("says 0 % where nothing is known yet, and shows names as they are", () => {
    const fresh = { ...run("[x](command:y)", "starting"), stages: [] };
    expect(whereTheyAre([fresh], t)).toBe("[x]\u2060(command:y) goes on, 0 % done");
  });
});
