import { describe, expect, test } from "vitest";
import { failures, type Standing, waiting } from "../../extension/run-failures";
import type { RunState, RunStatus } from "../../server/protocol/runs";

function run(folder: string, state: RunState): RunStatus {
  const machine = { engine: "graph", device: "cpu", threads: 1 };
  const rest = { resumable: true, startedAt: "", recipeChanged: false, stages: [] };
  return { folder, name: folder, state, ...machine, ...rest };
}

describe("failures()", () => {
  test("are of runs that were something else before, and are told once", () => {
    const now = [run("a", "failed"), run("b", "failed"), run("c", "running")];
    const before = new Map<string, Standing>([
      ["a", { state: "running" }],
      ["b", { state: "failed" }],
      ["c", { state: "running" }],
    ]);
    expect(failures(before, now).map(({ folder }) => folder)).toEqual(["a"]);
  });

  test("are none where nothing was known: a window that opens is no news", () => {
    expect(failures(undefined, [run("a", "failed")])).toEqual([]);
    expect(failures(new Map(), [run("a", "failed")])).toEqual([]);
  });
});

describe("waiting()", () => {
  const full = { ...run("a", "running"), waits: "the disk is full" };

  test("are runs that went on before, and are told once until they go on", () => {
    const going = new Map<string, Standing>([["a", { state: "running" }]]);
    expect(waiting(going, [full, run("b", "running")])).toEqual([full]);
    expect(waiting(new Map([["a", full]]), [full])).toEqual([]);
    expect(waiting(undefined, [full])).toEqual([]);
  });
});
