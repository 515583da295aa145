import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openCheckpoint } from "../../server/checkpoint/checkpoint";
import { weightsSha256 } from "../../server/checkpoint/hash";
import { parameterShapes } from "../../server/checkpoint/parameters";
import type { Engine, TensorStore } from "../../server/engine/engine";
import { graphEngine } from "../../server/engine/graph/engine";
import { readRunLog } from "../../server/metrics/run-log";
import { initialWeight } from "../../server/model/initialise";
import type { LogRecord } from "../../server/protocol/metrics";
import type { StageReport } from "../../server/protocol/trainer";
import { type Learner, openLearner } from "../../server/training/learner";
import { firstLossScale } from "../../server/training/loss-scale";
import { scaledStep } from "../../server/training/scaled-step";
import type { TrainSettings } from "../../server/training/settings";
import type { TrainOptions } from "../../server/training/stage";
import { trainStage } from "../../server/training/train-stage";
import "../support/reference-engine";
import { tinyModel, tinySettings, tinyStage, withCorpus } from "./support/tiny-stage";

let engine: Engine;
beforeAll(async () => {
  engine = await graphEngine({ device: "cpu", threads: 1 });
});
afterAll(() => engine.dispose());

const targets = 5;
const adamw = {
  kind: "adamw",
  ...{ beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 0 },
} as const;

async function newLearner(settings: Partial<TrainSettings>): Promise<Learner> {
  const learner = await openLearner({
    engine,
    configuration: tinyModel,
    settings: { ...tinySettings, optimizer: adamw, gradient_clipping: 1, ...settings },
    targets,
  });
  for (const name of parameterShapes(tinyModel).keys()) {
    await learner.weights.write(name, initialWeight(tinyModel, name, 1));
  }
  return learner;
}

function batch(step: number) {
  const ids = (count: number) =>
    Int32Array.from({ length: count }, (_, index) => 3 + ((step * 11 + index * 7) % 250));
  const labels = ids(4 * targets);
  return { inputIds: ids(4 * 12), labels, step, update: step, learningRate: 0.01 };
}

async function all(...stores: readonly TensorStore[]): Promise<readonly Float32Array[]> {
  const values: Float32Array[] = [];
  for (const store of stores) {
    for (const name of Object.keys(store.specs)) values.push(await store.read(name));
  }
  return values;
}

describe("a scaled step", () => {
  test("whose gradients do not fit float16 updates nothing, and the next gets half the scale", async () => {
    const learner = await newLearner({ precision: "float16" });
    await learner.step(batch(1));
    const before = await all(learner.weights, learner.state);
    const given = { scale: 2 ** 24, updates: 5, skipped: 1 };
    const skipped = await scaledStep(learner, batch(2), given);
    expect(skipped).toEqual({
      figures: undefined,
      lossScale: { scale: 2 ** 23, updates: 0, skipped: 2 },
      skipped:
        "skipped a batch, for a gradient is not finite in float16 at a loss scale of 16777216; " +
        "goes on with 8388608 (2 skipped so far)",
    });
    expect(await all(learner.weights, learner.state)).toEqual(before);
    const taken = await scaledStep(learner, batch(2), { ...given, scale: 2 ** 8 });
    expect(taken).toMatchObject({ lossScale: { scale: 2 ** 8, updates: 6, skipped: 1 } });
    expect(await all(learner.weights, learner.state)).not.toEqual(before);
    learner.dispose();
  });

  test("is refused at once where a weight is not finite, for no scale would help", async () => {
    const learner = await newLearner({ precision: "float16" });
    const name = "decoder.final_layer_norm.weight";
    await learner.weights.write(name, new Float32Array(tinyModel.d_model).fill(NaN));
    await expect(scaledStep(learner, batch(1), firstLossScale)).rejects.toThrow(
      `Cannot train on from step 1: the loss is NaN; the first tensor that is not finite is the weight ${name};`,
    );
    learner.dispose();
  });

  test("has the same bits whatever the scale is, in float32", async () => {
    const after = async (scale: number) => {
      const learner = await newLearner({});
      const figures = [];
      for (let step = 1; step <= 3; step++) {
        figures.push(await learner.step({ ...batch(step), lossScale: scale }));
      }
      const tensors = await all(learner.weights, learner.state);
      learner.dispose();
      return { figures, tensors };
    };
    expect(await after(2 ** 12)).toEqual(await after(1));
  });
});

/** One whose first gradients are too large for the first scales, where its weights are that many times as large. */
function stage(
  [folder, name]: readonly [folder: string, name: string],
  factor: number,
  settings: Partial<TrainSettings> = {},
): TrainOptions {
  const configuration = { ...tinyModel, initializer_factor: factor };
  return {
    ...tinyStage(engine, [folder, name], { precision: "float16", ...settings }),
    start: { kind: "initialise", configuration },
  };
}

async function logOf(directory: string): Promise<LogRecord[]> {
  const records: LogRecord[] = [];
  for await (const record of readRunLog(join(directory, "log.jsonl"))) records.push(record);
  return records;
}

const isNotice = (record: LogRecord): boolean => "event" in record && record.event === "notice";

/** What a resumed stage must repeat: all but times, memory, and that it was stopped. */
async function course(directory: string) {
  const records = (await logOf(directory)).filter((r) => !("event" in r) || isNotice(r));
  const checkpoint = await openCheckpoint(join(directory, "step-00000006"));
  const weights = await weightsSha256(checkpoint.weights);
  const { loss_scale, cursor } = checkpoint.trainerState as Record<string, unknown>;
  await checkpoint.close();
  const steps = records.map((record) => ({ ...record, seconds: 0, memory_bytes: 0 }));
  return { steps, weights, loss_scale, cursor };
}

/** Told to stop by what it reports of that step: that it was taken, or that a batch was skipped for it. */
function stoppingAt(kind: "step" | "event", step: number, options: TrainOptions): TrainOptions {
  const controller = new AbortController();
  return {
    ...options,
    signal: controller.signal,
    report: (report) => {
      const isIt = report.kind === kind && "record" in report && report.record.step === step;
      const isOther = isIt && report.kind === "event" && report.record.event !== "notice";
      if (isIt && !isOther) controller.abort();
    },
  };
}

describe("trainStage() in float16", () => {
  test("ends within a hundredth of the loss of float32", async () => {
    await withCorpus(async (folder) => {
      const settings = {
        steps: 24,
        batch: 8,
        micro_batch: 8,
        evaluate_every: 0,
        heatmaps_every: 0,
      };
      const half = await trainStage(stage([folder, "half"], 1, settings));
      const single = await trainStage(
        stage([folder, "single"], 1, { ...settings, precision: "float32" }),
      );
      expect(single.heldout!.heldout_loss).toBeLessThan(3.5);
      expect(half.heldout!.heldout_loss / single.heldout!.heldout_loss).toBeCloseTo(1, 2);
      expect(half.heldout).not.toEqual(single.heldout);
    });
  });

  test("skips batches until the scale fits, says so, and makes every step of the schedule", async () => {
    await withCorpus(async (folder) => {
      const reports: StageReport[] = [];
      const options = stage([folder, "a"], 8);
      const result = await trainStage({ ...options, report: (report) => reports.push(report) });
      const records = await logOf(options.directory);
      const skipped = records.filter(isNotice);
      expect(result.skipped).toBe(skipped.length);
      expect(skipped.map(({ step }) => step)).toEqual([1, 1, 1, 1, 1, 3, 3, 3]);
      expect(reports.filter(({ kind }) => kind === "skips").at(-1)).toEqual({
        ...{ kind: "skips", batches: skipped.length },
      });
      const steps = records.filter((record) => "loss" in record);
      expect(steps.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6]);
      const single = stage([folder, "b"], 1, { precision: "float32" });
      await trainStage(single);
      const rates = (await logOf(single.directory)).filter((record) => "loss" in record);
      expect(steps.map((step) => step.learning_rate)).toEqual(
        rates.map((step) => step.learning_rate),
      );
      expect(result.ownCost.steps).toBe(6);
      expect(result.ownCost.tokens).toBe((rates.at(-1)!.tokens / 6) * (6 + skipped.length));
    });
  });

  test("stopped anywhere, before and after its scale changes, and resumed has the same bits", async () => {
    await withCorpus(async (folder) => {
      const undisturbed = stage([folder, "undisturbed"], 8);
      await trainStage(undisturbed);
      const stops = [
        ["event", 1],
        ["step", 2],
        ["event", 3],
      ] as const;
      for (const [kind, step] of stops) {
        const options = stage([folder, `stopped-${kind}-${step}`], 8);
        const stopped = await trainStage(stoppingAt(kind, step, options));
        expect(stopped).toMatchObject({ state: "stopped", step });
        expect(await trainStage(options)).toMatchObject({ state: "done", skipped: 8 });
        expect(await course(options.directory)).toEqual(await course(undisturbed.directory));
      }
    });
  });

  test("ends where no scale helps, and says what would", async () => {
    await withCorpus(async (folder) => {
      const failing = trainStage(stage([folder, "a"], 3000));
      await expect(failing).rejects.toThrow(
        /^Cannot train on from step 1: the loss is NaN; .*No smaller loss scale is left to try: with precision: float32 in the recipe it may train/,
      );
      expect((await logOf(join(folder, "a"))).filter(isNotice)).toHaveLength(16);
    });
  });
});
