import { describe, expect, it } from "vitest";
import type { RecordsFrame } from "../../../server/protocol/hub";
import { kernelTable } from "../../../server/protocol/kernel-columns";
import type { KernelRecord } from "../../../server/protocol/metrics";
import { stepColumns, type StepColumns } from "../../../server/protocol/step-columns";
import { StageLog } from "../../../webview/live/stage-log";

describe("StageLog", () => {
  it("joins frames to one log, and goes on from the last cursor", () => {
    const log = new StageLog();
    expect(log.addRecords(frame(0, [1, 2, 3], 1, "c1"))).toBe("kept");
    expect(log.addRecords(frame(4, [4], 0, "c2"))).toBe("kept");
    expect([...log.steps.step]).toEqual([1, 2, 3, 4]);
    expect(log.heldout.map(({ step }) => step)).toEqual([3]);
    expect(log.cursor).toBe("c2");
    expect(log.latest?.loss).toBe(0.25);
  });

  it("replaces what a resumed stage has written anew", () => {
    const log = new StageLog();
    log.addRecords(frame(0, [1, 2], 0, "c1"));
    log.addRecords(frame(2, [3, 4], 1, "c2"));
    expect(log.addRecords(frame(2, [3], 0, "c3"))).toBe("kept");
    expect([...log.steps.step]).toEqual([1, 2, 3]);
    expect(log.heldout).toEqual([]);
  });

  it("goes back to the last certain place where a frame begins inside of another", () => {
    const log = new StageLog();
    log.addRecords(frame(0, [1, 2], 0, "c1"));
    log.addRecords(frame(2, [3, 4, 5], 0, "c2"));
    expect(log.addRecords(frame(3, [4], 0, "c3"))).toBe("gap");
    expect([...log.steps.step]).toEqual([1, 2]);
    expect(log.cursor).toBe("c1");
    expect(log.addRecords(frame(2, [3, 4], 0, "c4"))).toBe("kept");
    expect([...log.steps.step]).toEqual([1, 2, 3, 4]);
  });

  it("notices records that it has missed", () => {
    const log = new StageLog();
    log.addRecords(frame(0, [1], 0, "c1"));
    expect(log.addRecords(frame(5, [6], 0, "c2"))).toBe("gap");
    expect(log.cursor).toBe("c1");
  });

  it("shows a long log at a glance until all of it is here", () => {
    const log = new StageLog();
    const glance = { run: "r", stage: "s", steps: frame(0, [128, 256], 1, "").steps };
    const others = [{ step: 200, heldout_loss: 1, heldout_accuracy: 0.5 }];
    log.addOverview({ kind: "overview", ...glance, others });
    expect([...log.steps.step]).toEqual([128, 256]);
    expect(log.heldout.map(({ step }) => step)).toEqual([200]);
    expect([log.isShown, log.caughtUp]).toEqual([true, false]);
    log.addRecords({ ...frame(0, [1, 2], 0, "c1"), caughtUp: false });
    expect([...log.steps.step]).toEqual([128, 256]);
    log.addRecords(frame(2, [3], 0, "c2"));
    expect([...log.steps.step]).toEqual([1, 2, 3]);
    expect(log.heldout).toEqual([]);
  });

  it("joins the kernels' statistics, each frame with names of its own, and cuts them too", () => {
    const record = (step: number, kernel: string) => ({
      step,
      kernel,
      mean: step,
      std: 1,
      max_abs: 2,
    });
    const kernels = (...records: readonly KernelRecord[]) => ({
      count: 1 + records.length,
      kernels: kernelTable(records),
    });
    const log = new StageLog();
    log.addRecords({ ...frame(0, [1], 0, "c1"), ...kernels(record(1, "q"), record(1, "k")) });
    log.addRecords({ ...frame(3, [2], 0, "c2"), ...kernels(record(2, "k"), record(2, "v")) });
    const held = () => {
      const { names, columns } = log.kernels;
      return Array.from(columns.step, (step, at) => [names[columns.kernel[at]!], step]);
    };
    expect(held()).toEqual([
      ["q", 1],
      ["k", 1],
      ["k", 2],
      ["v", 2],
    ]);
    log.addRecords(frame(3, [2], 0, "c3"));
    expect(held()).toEqual([
      ["q", 1],
      ["k", 1],
    ]);
  });

  it("starts over from the first record", () => {
    const log = new StageLog();
    log.addRecords(frame(0, [1, 2], 1, "c1"));
    log.addRecords(frame(0, [1], 0, "c2"));
    expect([...log.steps.step]).toEqual([1]);
    expect(log.heldout).toEqual([]);
  });

  it("keeps views of what was there while it grows", () => {
    const log = new StageLog();
    log.addRecords(frame(0, [1, 2], 0, "c1"));
    const before = log.steps.step;
    for (let step = 3; step < 5000; step++) log.addRecords(frame(step - 1, [step], 0, `${step}`));
    expect([...before]).toEqual([1, 2]);
    expect(log.steps.step.length).toBe(4999);
    expect(log.steps.step[4998]).toBe(4999);
  });

  it("lists heat maps, and replaces those written anew", () => {
    const log = new StageLog();
    const place = (at: number, step: number) => ({
      at,
      step,
      kernel: "q",
      rows: 1,
      columns: 1,
      shape: [1, 1] as const,
      rowBorders: [],
      columnBorders: [],
    });
    const common = { kind: "heat-maps", run: "r", stage: "s", caughtUp: true } as const;
    expect(log.hasAllPlaces).toBe(false);
    log.addHeatMaps({ ...common, first: 0, cursor: "1", places: [place(8, 0), place(9, 10)] });
    log.addHeatMaps({ ...common, first: 1, cursor: "2", places: [place(9, 20)] });
    expect(log.heatMaps.byKernel.get("q")?.map(({ step }) => step)).toEqual([0, 20]);
    expect(log.hasAllPlaces).toBe(true);
    expect(log.addHeatMaps({ ...common, first: 7, cursor: "3", places: [] })).toBe("gap");
    expect(log.heatMapCursor).toBeUndefined();
    expect([log.hasAllPlaces, log.heatMaps.length]).toEqual([false, 0]);
  });
});

/** Steps, then held-out figures of the last one. */
function frame(
  first: number,
  steps: readonly number[],
  heldout: 0 | 1,
  cursor: string,
): RecordsFrame {
  const values = (name: keyof StepColumns): Float64Array =>
    Float64Array.from(steps, (step) => (name === "loss" ? 1 / step : step));
  return {
    kind: "records",
    run: "r",
    stage: "s",
    first,
    count: steps.length + heldout,
    cursor,
    caughtUp: true,
    share: 1,
    kernels: kernelTable([]),
    steps: Object.fromEntries(
      stepColumns.map((name) => [name, values(name)]),
    ) as unknown as StepColumns,
    others: heldout === 0 ? [] : [{ step: steps.at(-1)!, heldout_loss: 2, heldout_accuracy: 0.5 }],
  };
}
