import { memory } from "@tensorflow/tfjs-core";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { openCheckpoint } from "../../server/checkpoint/checkpoint";
import { weightsSha256 } from "../../server/checkpoint/hash";
import { readHeatMapIndex } from "../../server/metrics/heatmap-file";
import { readRunLog } from "../../server/metrics/run-log";
import type { LogRecord } from "../../server/protocol/metrics";
import type { StageReport } from "../../server/protocol/trainer";
import { trainStage } from "../../server/training/train-stage";
import { tinyStage, withFolder } from "./support/tiny-stage";

async function hashOf(checkpoint: string): Promise<string> {
  const opened = await openCheckpoint(checkpoint);
  try {
    return await weightsSha256(opened.weights);
  } finally {
    await opened.close();
  }
}

async function logOf(directory: string): Promise<LogRecord[]> {
  const records: LogRecord[] = [];
  for await (const record of readRunLog(join(directory, "log.jsonl"))) records.push(record);
  return records;
}

/** What a resumed run must repeat: all but times and memory. */
function comparable(records: readonly LogRecord[]) {
  return records
    .filter((record) => !("event" in record))
    .map((record) => ({ ...record, seconds: 0, memory_bytes: 0 }));
}

afterAll(() => {
  expect(memory().numTensors).toBe(0);
});

describe("trainStage()", () => {
  test("trains a new model, and leaves log, heat maps and two checkpoints", async () => {
    await withFolder(async (directory) => {
      const reports: StageReport[] = [];
      const result = await trainStage({
        ...tinyStage(directory),
        report: (report) => reports.push(report),
      });
      expect(result).toMatchObject({
        state: "done",
        step: 6,
        checkpoint: join(directory, "step-00000006"),
      });
      expect(result.cost).toEqual(result.ownCost);
      expect(result.ownCost).toMatchObject({ steps: 6, tokens: result.record?.tokens });
      expect((await readdir(directory)).sort()).toEqual([
        "heatmaps.bin",
        "log.jsonl",
        "step-00000004",
        "step-00000006",
      ]);
      const records = await logOf(directory);
      expect(records.filter((r) => "loss" in r).map((r) => r.step)).toEqual([1, 2, 3, 4, 5, 6]);
      expect(records.filter((r) => "heldout_loss" in r).map((r) => r.step)).toEqual([0, 3, 6]);
      const maps = await readHeatMapIndex(join(directory, "heatmaps.bin"));
      expect([...new Set(maps.map(({ step }) => step))]).toEqual([0, 3, 6]);
      expect(reports.filter(({ kind }) => kind === "step")).toHaveLength(6);
    });
  });

  test("stopped anywhere and resumed ends with the same weights and the same log", async () => {
    await withFolder(async (folder) => {
      const undisturbed = await trainStage(tinyStage(join(folder, "undisturbed")));
      for (const stops of [[0, 3], [2, 5], [4]]) {
        const directory = join(folder, `stopped-${stops.join("-")}`);
        for (const stop of stops) {
          const result = await trainStage(stoppingAt(stop, directory));
          expect(result).toMatchObject({ state: "stopped", step: stop });
        }
        const resumed = await trainStage(tinyStage(directory));
        expect(await hashOf(resumed.checkpoint)).toBe(await hashOf(undisturbed.checkpoint));
        expect(comparable(await logOf(directory))).toEqual(
          comparable(await logOf(join(folder, "undisturbed"))),
        );
        expect(resumed.heldout).toEqual(undisturbed.heldout);
        expect(resumed.ownCost.tokens).toBe(undisturbed.ownCost.tokens);
      }
    });
  });

  test("that is finished is only looked up", async () => {
    await withFolder(async (directory) => {
      const first = await trainStage(tinyStage(directory, { steps: 2 }));
      const again = await trainStage(tinyStage(directory, { steps: 2 }));
      expect(again).toEqual({ ...first, record: undefined });
    });
  });
});

/** Options of a stage that is told to stop when it reports that step. */
function stoppingAt(step: number, directory: string) {
  const controller = new AbortController();
  if (step === 0) controller.abort();
  return {
    ...tinyStage(directory),
    signal: controller.signal,
    report: (report: StageReport) => {
      if (report.kind === "step" && report.record.step === step) controller.abort();
    },
  };
}
