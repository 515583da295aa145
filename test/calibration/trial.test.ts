import { expect, it } from "vitest";
import { runTrial } from "../../server/calibration/trial";
import { standardWorkload } from "../../server/calibration/workload";
import { distUrl } from "../support/dist";

const trial = {
  candidate: { engine: "graph", device: "cpu", threads: 1 } as const,
  calibrator: distUrl("calibrator.js"),
  budgetMs: 1,
  now: () => new Date(5),
};

it("a trial takes one step more than its time allows, to leave out the first", async () => {
  const small = {
    ...standardWorkload,
    settings: { ...standardWorkload.settings, batch: 1, micro_batch: 1 },
  };
  const result = await runTrial({ ...trial, workload: small, budgetMs: 1000 });
  expect(result).toMatchObject({ stepMs: expect.any(Number) as number });
  expect((result as { steps: number }).steps).toBeGreaterThan(1);
});

it("a candidate that is much slower than the best is not waited for", async () => {
  const { settings } = standardWorkload;
  const long = { ...standardWorkload, settings: { ...settings, batch: 4096, micro_batch: 16 } };
  expect(await runTrial({ ...trial, workload: long, bestMs: 1 })).toEqual({ longerThanMs: 2000 });
});

it("a process that cannot begin is a failure, with its time and its reason", async () => {
  const calibrator = new URL("file:///nowhere/calibrator.js");
  const result = await runTrial({ ...trial, workload: standardWorkload, calibrator });
  expect(result).toEqual({ failed: expect.any(String) as string, at: 5 });
});
