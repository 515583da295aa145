import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { calibrate, fastest } from "../../../server/calibration/calibrate";
import { standardWorkload } from "../../../server/calibration/workload";
import { enginesAtHand } from "../../../server/engine/candidates";
import { distUrl } from "../../support/dist";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "deep-fusion-calibration-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

test("the graph engine and TensorFlow are both at hand, timed, and the faster is known", async () => {
  const engines = (await enginesAtHand()).filter(({ device }) => device === "cpu");
  expect(engines.map(({ engine }) => engine)).toEqual(["graph", "tensorflow"]);
  const measured = await calibrate({
    candidates: engines.map(({ engine, device }) => ({ engine, device, threads: 2 })),
    ...{ engines, workload: standardWorkload, speedsFile: join(directory, "speeds.json") },
    calibrator: distUrl("calibrator.js"),
    createdBy: "deep-fusion test",
    now: () => new Date(),
    isWorth: () => true,
  });
  // An engine whose steps are far longer is given up on a machine that other work keeps busy.
  const times = measured.map(({ result }) => {
    if ("stepMs" in result) return result.stepMs;
    return "longerThanMs" in result ? result.longerThanMs : NaN;
  });
  expect(times.every((time) => time > 0)).toBe(true);
  expect(fastest(measured)?.engine).toBe(times[0]! <= times[1]! ? "graph" : "tensorflow");
});
