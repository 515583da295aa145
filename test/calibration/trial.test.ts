import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
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

describe("a driver that hangs", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "deep-fusion-trial-"));
  });
  afterAll(() => rm(folder, { recursive: true }));
  afterEach(() => {
    vi.useRealTimers();
  });

  /** What becomes of a trial in whose process nothing goes on any more, once it has said that. */
  async function hangingAfter(said: string, passedMs: number) {
    const [calibrator, reached] = [join(folder, "calibrator.mjs"), join(folder, "reached")];
    await writeFile(
      calibrator,
      `import { writeFileSync } from "node:fs";
      process.once("message", () => {
        ${said}
        setTimeout(() => { writeFileSync(${JSON.stringify(reached)}, ""); for (;;); }, 100);
      });`,
    );
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const running = runTrial({
      ...{ ...trial, workload: standardWorkload, calibrator: pathToFileURL(calibrator) },
      candidate: { engine: "graph", device: "webgpu", threads: 1 },
    });
    while (!existsSync(reached)) await new Promise((resolve) => setImmediate(resolve));
    await rm(reached);
    vi.advanceTimersByTime(passedMs);
    return running;
  }

  it("is ended as it prepares", async () => {
    expect(await hangingAfter("", 120_000)).toEqual({
      failed: "it was not ready after 120 s",
      at: 5,
    });
  });

  it("is ended in its first step, for which the CPU would be given any time", async () => {
    const ready = 'process.send({ kind: "ready" });';
    expect(await hangingAfter(ready, 60_000)).toEqual({
      failed: "it took no step in 60 s",
      at: 5,
    });
  });
});
