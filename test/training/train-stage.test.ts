import { existsSync } from "node:fs";
import { mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { CarriedTensor } from "../../server/checkpoint/carried-tensors";
import { openCheckpoint } from "../../server/checkpoint/checkpoint";
import { weightsSha256 } from "../../server/checkpoint/hash";
import { writeCheckpoint } from "../../server/checkpoint/write-checkpoint";
import { readHeatMapIndex } from "../../server/metrics/heatmap-file";
import { readRunLog } from "../../server/metrics/run-log";
import type { LogRecord, StepRecord } from "../../server/protocol/metrics";
import type { StageReport } from "../../server/protocol/trainer";
import type { TrainSettings } from "../../server/training/settings";
import type { TrainOptions } from "../../server/training/stage";
import { trainStage } from "../../server/training/train-stage";
import { trained } from "../checkpoint/support/lineages";
import { sequenceSource } from "../checkpoint/support/sources";
import { engineUnderTest } from "../support/engine-under-test";
import { tinyModel, tinySettings, tinyStage, withCorpus } from "./support/tiny-stage";

const engine = await engineUnderTest();
afterAll(() => engine.dispose());

const stage = (folder: string, name: string, settings?: Partial<TrainSettings>) =>
  tinyStage(engine, [folder, name], settings);

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

/** Options of a stage that is told to stop when it reports that step. */
function stoppingAt(step: number, options: TrainOptions): TrainOptions {
  if (step === 0) return { ...options, signal: AbortSignal.abort() };
  return stoppingOn((report) => report.kind === "step" && report.record.step === step, options);
}

/** Half of the examples are done then. */
function isValidating(report: StageReport): boolean {
  return report.kind === "progress" && report.label === "Validating" && report.done > 0;
}

function stoppingOn(isIt: (report: StageReport) => boolean, options: TrainOptions): TrainOptions {
  const controller = new AbortController();
  const report = (each: StageReport) => {
    if (isIt(each)) controller.abort();
  };
  return { ...options, signal: controller.signal, report };
}

const positions: CarriedTensor = {
  ...{ name: "positions", dtype: "I32", shape: [3] },
  read: () => Promise.resolve(new Uint8Array(Int32Array.of(5, -6, 7).buffer)),
};

describe("trainStage()", () => {
  test("trains a new model, and leaves log, heat maps and two checkpoints", async () => {
    await withCorpus(async (folder) => {
      const reports: StageReport[] = [];
      const options = stage(folder, "a");
      const result = await trainStage({ ...options, report: (report) => reports.push(report) });
      const checkpoint = join(folder, "a", "step-00000006");
      expect(result).toMatchObject({ state: "done", step: 6, checkpoint });
      expect(result.cost).toEqual(result.ownCost);
      expect(result.ownCost).toMatchObject({ steps: 6, tokens: result.record?.tokens });
      expect(await readdir(options.directory)).toEqual([
        "heatmaps.bin",
        "log.jsonl",
        "step-00000004",
        "step-00000006",
      ]);
      const records = await logOf(options.directory);
      expect(records.filter((r) => "loss" in r).map((r) => r.step)).toEqual([1, 2, 3, 4, 5, 6]);
      expect(records.filter((r) => "heldout_loss" in r).map((r) => r.step)).toEqual([3, 6]);
      expect(records.flatMap((r) => ("event" in r ? [r.event] : []))).toEqual([
        "start",
        "checkpoint",
        "checkpoint",
        "checkpoint",
        "done",
      ]);
      const maps = await readHeatMapIndex(join(options.directory, "heatmaps.bin"));
      expect([...new Set(maps.map(({ step }) => step))]).toEqual([0, 3, 6]);
      expect(reports.filter(({ kind }) => kind === "step")).toHaveLength(6);
    });
  });

  test("lowers the loss on the embedded corpus, far below a guess", async () => {
    await withCorpus(async (folder) => {
      const { corpus } = tinySettings;
      const settings = { corpus, steps: 40, batch: 8, micro_batch: 8, checkpoint_every: 100 };
      const options = stage(folder, "a", { ...settings, evaluate_every: 0, heatmaps_every: 0 });
      const { record, heldout } = await trainStage(options);
      const [first] = (await logOf(options.directory)).filter((r): r is StepRecord => "loss" in r);
      expect(first?.loss).toBeGreaterThan(5);
      expect(record?.loss).toBeLessThan(3.7);
      expect(heldout?.heldout_loss).toBeLessThan(3.7);
    });
  });

  test("stopped anywhere and resumed ends with the same weights and the same log", async () => {
    await withCorpus(async (folder) => {
      const undisturbed = await trainStage(stage(folder, "undisturbed"));
      for (const stops of [[0, 3], [2, 5], [6]]) {
        const options = stage(folder, `stopped-${stops.join("-")}`);
        for (const stop of stops) {
          const result = await trainStage(stoppingAt(stop, options));
          expect(result).toMatchObject({ state: "stopped", step: stop });
        }
        const resumed = await trainStage(options);
        expect(await hashOf(resumed.checkpoint)).toBe(await hashOf(undisturbed.checkpoint));
        expect(comparable(await logOf(options.directory))).toEqual(
          comparable(await logOf(join(folder, "undisturbed"))),
        );
        expect(resumed.heldout).toEqual(undisturbed.heldout);
        expect(resumed.ownCost.tokens).toBe(undisturbed.ownCost.tokens);
      }
    });
  });

  test("stopped in the midst of a validation makes up for it", async () => {
    await withCorpus(async (folder) => {
      const undisturbed = await trainStage(stage(folder, "undisturbed"));
      const options = stage(folder, "stopped");
      const stopped = await trainStage(stoppingOn(isValidating, options));
      expect(stopped).toMatchObject({ state: "stopped", step: 3 });
      expect(stopped.heldout).toBeUndefined();
      const resumed = await trainStage(options);
      expect(resumed).toMatchObject({ state: "done", heldout: undisturbed.heldout });
      expect(comparable(await logOf(options.directory))).toEqual(
        comparable(await logOf(join(folder, "undisturbed"))),
      );
    });
  });

  test("says so where nothing is held out to measure it on", async () => {
    await withCorpus(async (folder) => {
      const file = join(folder, "one.txt");
      await writeFile(file, "One document is all there is. ".repeat(20));
      const source = { kind: "files", globs: [file] } as const;
      const corpus = { ...tinySettings.corpus, name: "letters", source, holdout: 0.001 };
      const done = await trainStage(stage(folder, "a", { corpus, steps: 1 }));
      expect(done.heldout).toBeUndefined();
      const notice = (await logOf(join(folder, "a")))[1]!;
      expect(notice).toMatchObject({ step: 0, event: "notice" });
      expect("detail" in notice && notice.detail).toMatch(
        /no held-out figures: .* corpus letters .* holdout than 0.001/,
      );
    });
  });

  test("that is finished is only looked up", async () => {
    await withCorpus(async (folder) => {
      const first = await trainStage(stage(folder, "a", { steps: 1 }));
      const again = await trainStage(stage(folder, "a", { steps: 1 }));
      expect(again).toEqual({ ...first, record: undefined });
    });
  });

  test("goes on from a parent with its optimizer state, its cost and its parts", async () => {
    await withCorpus(async (folder) => {
      const parent = await trainStage(stage(folder, "a", { steps: 2 }));
      const from = { kind: "checkpoint", name: "a", directory: parent.checkpoint } as const;
      const steps = (optimizer: "carry" | "reset") =>
        trainStage({
          ...stage(folder, optimizer, { steps: 1, seed: 5 }),
          start: { ...from, optimizer },
        });
      const [carried, reset] = [await steps("carry"), await steps("reset")];
      expect(await hashOf(carried.checkpoint)).not.toBe(await hashOf(reset.checkpoint));
      expect(carried.cost.steps).toBe(3);
      expect(carried.ownCost.steps).toBe(1);
      const heldout = (await logOf(join(folder, "carry"))).filter((r) => "heldout_loss" in r);
      expect(heldout.map(({ step }) => step)).toEqual([0, 1]);
      expect(heldout[0]).toMatchObject({ heldout_loss: parent.heldout!.heldout_loss });
      const opened = await openCheckpoint(carried.checkpoint);
      expect(opened.trainerState).toMatchObject({ step: 1, optimizer: { updates: 3 } });
      expect(opened.lineage?.parents).toMatchObject([{ name: "a", cost: { steps: 2 } }]);
      await opened.close();
    });
  });

  test("keeps whole numbers that lay beside its parent's weights, also when it was stopped", async () => {
    await withCorpus(async (folder) => {
      const options = stage(folder, "a", { steps: 3, checkpoint_every: 1 });
      const directory = join(folder, "parent");
      await writeCheckpoint(directory, {
        ...{ configuration: tinyModel, weights: sequenceSource(tinyModel), lineage: trained(1) },
        carried: [positions],
      });
      const start = { kind: "checkpoint", name: "parent", directory, optimizer: "reset" } as const;
      await trainStage(stoppingAt(1, { ...options, start }));
      const { checkpoint } = await trainStage({ ...options, start });
      const opened = await openCheckpoint(checkpoint);
      expect(opened.carried.map(({ name, dtype }) => [name, dtype])).toEqual([
        ["positions", "I32"],
      ]);
      expect(await opened.carried[0]!.read()).toEqual(await positions.read());
      await opened.close();
    });
  });

  test("blames a parent that holds NaN, by checkpoint and tensor", async () => {
    await withCorpus(async (folder) => {
      const { checkpoint } = await trainStage(stage(folder, "a", { steps: 1 }));
      await poison(checkpoint, "shared.weight");
      const failing = trainStage({
        ...stage(folder, "b"),
        start: { kind: "checkpoint", name: "a", directory: checkpoint, optimizer: "reset" },
      });
      await expect(failing).rejects.toThrow(
        `Cannot train from ${checkpoint}: its shared.weight holds NaN or infinity; start from another`,
      );
    });
  });

  test("stops at a loss that is not finite, and says which checkpoint is kept", async () => {
    await withCorpus(async (folder) => {
      const schedule = { kind: "constant", peak: 1e38, warmup: 0, floor: 0, decay: 0, offset: 0 };
      const wild = { steps: 9, evaluate_every: 0, schedule } as Partial<TrainSettings>;
      const nothingKept = trainStage(stage(folder, "a", wild));
      await expect(nothingKept).rejects.toThrow(
        /step 2: .*; lower schedule\.peak.*gradient_clipping$/,
      );
      const kept = trainStage(stage(folder, "b", { ...wild, checkpoint_every: 1 }));
      await expect(kept).rejects.toThrow(
        /; lower schedule.peak.*The checkpoint of step 1 is kept$/,
      );
      expect((await logOf(join(folder, "b"))).at(-1)).toMatchObject({ step: 1, event: "failed" });
    });
  });

  // Needs a device that is always full; only Linux has one.
  test.runIf(existsSync("/dev/full"))("pauses while the disk is full, and says so", async () => {
    await withCorpus(async (folder) => {
      const options = stage(folder, "a");
      await mkdir(options.directory);
      await symlink("/dev/full", join(options.directory, "log.jsonl"));
      const pauses: string[] = [];
      let slept = 0;
      const failing = trainStage({
        ...options,
        clock: {
          now: () => slept,
          sleep: (milliseconds) => Promise.resolve(void (slept += milliseconds)),
        },
        report: (report) => {
          if (report.kind !== "event" || report.record.event !== "pause") return;
          pauses.push(report.record.detail ?? "");
        },
      });
      await expect(failing).rejects.toThrow(
        "What was saved before is whole: resume the run once there is space",
      );
      expect(pauses).toEqual([
        expect.stringMatching(
          /^the disk is full; free some space \(ENOSPC\); the run goes on when there is space/,
        ),
      ]);
      expect(slept).toBe(600_000);
    });
  });

  test("refuses a tokenizer with more tokens than the model", async () => {
    await withCorpus(async (folder) => {
      const options = stage(folder, "a");
      if (options.start.kind !== "initialise") throw new Error("unreachable");
      const configuration = { ...options.start.configuration, vocab_size: 300 };
      const start = { kind: "initialise", configuration } as const;
      await expect(trainStage({ ...options, start })).rejects.toThrow(
        /the tokenizer has 384 tokens, the model's vocab_size is 300/,
      );
    });
  });
});

/** Rewrites a checkpoint with a NaN in one tensor. */
async function poison(directory: string, name: string): Promise<void> {
  const opened = await openCheckpoint(directory);
  const { weights, lineage, configuration } = opened;
  if (lineage === undefined) throw new Error("Cannot poison a checkpoint without lineage");
  const read = async (wanted: string) => {
    const values = await weights.read(wanted);
    if (wanted === name) values[0] = NaN;
    return values;
  };
  await writeCheckpoint(directory, { configuration, weights: { ...weights, read }, lineage });
  await opened.close();
}
