import { describe, expect, it } from "vitest";
import { benchResult } from "./result";
import { benchTable } from "./table";

describe("benchResult()", () => {
  it("puts the value over the reference", () => {
    const result = benchResult("step/nano/time", { value: 90, unit: "ms", reference: 180 });
    expect(result.ratio).toBe(0.5);
  });

  it("has null for what was not measured, so that JSON keeps the keys", () => {
    const result = benchResult("corpus/memory", { value: 250, unit: "MB" });
    expect(JSON.parse(JSON.stringify(result))).toEqual({
      name: "corpus/memory",
      value: 250,
      unit: "MB",
      reference: null,
      ratio: null,
    });
  });
});

describe("benchTable()", () => {
  it("aligns its columns", () => {
    const table = benchTable([
      benchResult("step/nano/time", { value: 90.123456, unit: "ms", reference: 180 }),
      benchResult("corpus/memory", { value: 1250.4, unit: "MB" }),
    ]);
    expect(table.split("\n")).toEqual([
      "name            value  unit  reference  ratio",
      "step/nano/time  90.12  ms          180   0.50",
      "corpus/memory    1250  MB                    ",
    ]);
  });
});
