import { describe, expect, test } from "vitest";
import { failures } from "../../extension/run-failures";
import type { RunState, RunStatus } from "../../server/protocol/runs";

function run(folder: string, state: RunState): RunStatus {
  const machine = { engine: "graph", device: "cpu", threads: 1 };
  const rest = { resumable: true, startedAt: "", recipeChanged: false, stages: [] };
  return { folder, name: folder, state, ...machine, ...rest };
}

describe("failures()", () => {
  test("are of runs that were something else before, and are told once", () => {
    const now = [run("a", "failed"), run("b", "failed"), run("c", "running")];
    const before = new Map<string, RunState>([
      ["a", "running"],
      ["b", "failed"],
      ["c", "running"],
    ]);
    expect(failures(before, now).map(({ folder }) => folder)).toEqual(["a"]);
  });

  test("are none where nothing was known: a window that opens is no news", () => {
    expect(failures(undefined, [run("a", "failed")])).toEqual([]);
    expect(failures(new Map(), [run("a", "failed")])).toEqual([]);
  });
});
