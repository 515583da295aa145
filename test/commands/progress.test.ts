import { describe, expect, it } from "vitest";
import { duration, shortNumber } from "../../server/commands/format";
import { makespan } from "../../server/commands/estimate";
import { failureText } from "../../server/commands/failure";
import type { Output } from "../../server/commands/output";
import { Pace } from "../../server/commands/pace";
import { ProgressView } from "../../server/commands/progress";
import { crashReason } from "../../server/recipe/stage-process";
import type { ResolvedStage } from "../../server/recipe/resolve";
import type { StepRecord } from "../../server/protocol/metrics";
import { fuseStage } from "../recipe/support/stages";

const record = (step: number): StepRecord => ({
  step,
  loss: 2,
  accuracy: 0.5,
  learning_rate: 0.01,
  gradient_norm: 1,
  tokens: step * 1000,
  flops: step * 1e9,
  seconds: 0.5,
  memory_bytes: 1e9,
});

/** Sixty steps of a stage of a hundred, as seen on a terminal so wide, or none. */
function shown(columns: number | undefined, color = false) {
  const lines: string[] = [];
  const drawn: string[] = [];
  let now = 0;
  const output: Output = {
    result: () => undefined,
    json: () => undefined,
    message: (line) => lines.push(line),
    terminal:
      columns === undefined ? undefined : { columns, color, write: (text) => drawn.push(text) },
  };
  const view = new ProgressView({ output, steps: new Map([["wide", 100]]), now: () => now });
  view.hear({ kind: "begin", stage: "wide" });
  for (let step = 1; step <= 60; step++) {
    now += 500;
    view.hear({ kind: "report", stage: "wide", report: { kind: "step", record: record(step) } });
  }
  const last = drawn.filter((text) => text.endsWith("\n")).at(-1);
  view.hear({
    kind: "end",
    stage: "wide",
    record: { kind: "train", state: "done", inputs_sha256: "" },
  });
  view.close();
  return { lines, last, drawn };
}

describe("ProgressView", () => {
  it("draws one line a stage: bar, step, loss, time left, tokens a second", () => {
    expect(shown(100).last).toBe(
      "wide ━━━━━━━━━━━━────────  step 60 of 100  loss 2.000  20 s left  2.0 k tokens/s\n",
    );
  });

  it("never draws wider than the terminal, and leaves out the least important first", () => {
    for (let columns = 1; columns < 120; columns++) {
      expect(shown(columns).last!.trimEnd().length).toBeLessThan(Math.max(2, columns));
    }
    expect(shown(44).last).toContain("step 60 of 100");
    expect(shown(44).last).not.toContain("tokens/s");
  });

  it("uses colours only where they are wanted", () => {
    expect(shown(100, true).last).toContain("\u001b[32m");
    expect(shown(100, false).last).not.toContain("\u001b[3");
  });

  it("writes plain lines where there is no terminal: the first step's, then one every ten seconds", () => {
    const { lines, drawn } = shown(undefined);
    expect(drawn).toEqual([]);
    expect(lines).toEqual([
      "wide: begins",
      "wide: step 1 of 100, loss 2.000",
      "wide: step 21 of 100, loss 2.000, 40 s left, 2.0 k tokens/s",
      "wide: step 41 of 100, loss 2.000, 30 s left, 2.0 k tokens/s",
      "wide: done",
    ]);
  });
});

describe("Pace", () => {
  it("leaves the first step out, in which everything is compiled", () => {
    const pace = new Pace();
    pace.step({ step: 1, tokens: 10, seconds: 60 });
    pace.step({ step: 2, tokens: 20, seconds: 1 });
    expect(pace.secondsPerStep()).toBeUndefined();
    pace.step({ step: 3, tokens: 30, seconds: 3 });
    expect(pace.secondsFor(10)).toBe(20);
    expect(pace.tokensPerSecond()).toBe(5);
  });
});

describe("makespan()", () => {
  const diamond = [
    fuseStage("a", []),
    fuseStage("b", []),
    fuseStage("c", ["a", "b"]),
    fuseStage("d", ["c"]),
  ];

  it("is the sum of all one after the other, and the longest way side by side", () => {
    const seconds = new Map([
      ["a", 3],
      ["b", 5],
      ["c", 2],
      ["d", 1],
    ]);
    const of = (each: ResolvedStage) => seconds.get(each.name)!;
    expect(makespan(diamond, of, 1)).toBe(11);
    expect(makespan(diamond, of, 2)).toBe(8);
    expect(makespan([], of, 2)).toBe(0);
  });
});

describe("figures", () => {
  it.each([
    [0, "0"],
    [950, "950"],
    [12_345, "12.3 k"],
    [999_600, "1.0 M"],
    [1.5e9, "1.5 G"],
    [123.4e12, "123 T"],
  ])("%d is read as %s", (value, text) => {
    expect(shortNumber(value)).toBe(text);
  });

  it.each([
    [0.25, "0.3 s"],
    [40, "40 s"],
    [180, "3 min"],
    [3600, "1 h"],
    [4800, "1 h 20 min"],
    [184_000, "2 d 3 h"],
  ])("%d seconds are read as %s", (value, text) => {
    expect(duration(value)).toBe(text);
  });
});

describe("failureText()", () => {
  it("passes our own messages on, and calls everything else a bug, without a stack", () => {
    expect(failureText(new RangeError("Cannot run x: y"), false)).toBe(
      "deep-fusion: Cannot run x: y",
    );
    for (const bug of [
      new TypeError("Cannot read properties of undefined (reading 'x')"),
      new Error("boom"),
      "text",
    ]) {
      expect(failureText(bug, false)).toMatch(/^deep-fusion: unexpected: [^\n]*\n.*report it/);
      expect(failureText(bug, false)).not.toMatch(/\n\s+at /);
    }
    expect(failureText(new Error("boom"), true)).toMatch(/\n\s+at /);
  });
});

describe("crashReason()", () => {
  it.each([
    [{ code: null, signal: "SIGKILL", errors: "" }, /killed.*memory.*micro_batch/],
    [
      { code: null, signal: "SIGABRT", errors: "FATAL ERROR: JavaScript heap out of memory" },
      /ran out of memory/,
    ],
    [{ code: null, signal: "SIGSEGV", errors: "" }, /died of SIGSEGV; resume/],
    [
      { code: null, signal: "SIGSEGV", errors: "", device: "webgpu" },
      /died of SIGSEGV, most likely .* on webgpu; resume .* --device cpu .*micro_batch/,
    ],
    [
      { code: 7, signal: null, errors: "Error: boom\n    at x (y.js:1)\n\nNode.js v20\n" },
      /exit code 7 \(Error: boom\); resume/,
    ],
  ] as const)("of %j names the reason and what to do", (death, expected) => {
    expect(crashReason({ device: "cpu", ...death })).toMatch(expected);
  });
});
