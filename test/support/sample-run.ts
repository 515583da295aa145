/**
 * A run's folder as a run leaves it, made in a moment through the real writers: two small models, their
 * property fusion and a self-fusion, trained on, beside a baseline. The numbers follow simple laws (losses fall
 * as a power of the step), so that a test can say what it must find; nothing was trained.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { configurationJson } from "../../server/checkpoint/config-json";
import type { T5Configuration } from "../../server/checkpoint/configuration";
import { presets } from "../../server/model/presets";
import { heatMapOf } from "../../server/analysis/heat-map";
import { openHeatMapFile } from "../../server/metrics/heatmap-file";
import { openRunLog, type RunLog } from "../../server/metrics/run-log";
import type { Cost, Lineage, Operation } from "../../server/protocol/checkpoint";
import type { HeatMap } from "../../server/protocol/metrics";
import type { RunRecord, StageRecord } from "../../server/protocol/run";
import { fillNormal } from "../../server/random/draw";
import { streamKey } from "../../server/random/threefry";

export interface SampleOptions {
  /** Steps of the small models; the others have their multiples. */
  readonly steps: number;
  /** Of the run and of nothing else. */
  readonly name: string;
}

interface SampleStage {
  readonly name: string;
  readonly kind: StageRecord["kind"];
  readonly parents: readonly string[];
  /** Multiples of the small models' steps. */
  readonly length: number;
  readonly wide: boolean;
  readonly startLoss: number;
  readonly endLoss: number;
  readonly operation?: Operation;
}

const stages: readonly SampleStage[] = [
  train("a", [], { length: 1, wide: false, startLoss: 6.9, endLoss: 2.11 }),
  train("b", [], { length: 1, wide: false, startLoss: 7.0, endLoss: 2.14 }),
  fuse("fused", ["a", "b"], "property"),
  fuse("grown", ["a"], "rule"),
  train("wide", ["fused"], { length: 1.2, wide: true, startLoss: 2.07, endLoss: 1.752 }),
  train("self", ["grown"], { length: 1.6, wide: true, startLoss: 2.1, endLoss: 1.731 }),
  train("baseline", [], { length: 2, wide: true, startLoss: 7.08, endLoss: 1.747 }),
  train("small_longer", [], { length: 4.8, wide: false, startLoss: 6.9, endLoss: 1.711 }),
  {
    name: "compare",
    kind: "evaluate",
    parents: ["baseline", "wide", "self", "small_longer"],
    length: 0,
    wide: true,
    startLoss: 0,
    endLoss: 0,
  },
];

export const sampleKernels = [
  "encoder.block.0.layer.0.SelfAttention.q.weight",
  "decoder.block.1.layer.2.DenseReluDense.wo.weight",
] as const;

/** Writes the folder and returns its path. */
export async function writeSampleRun(parent: string, options: SampleOptions): Promise<string> {
  const folder = join(parent, options.name);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "recipe.fusion.yaml"), recipeText(options));
  const records: Record<string, StageRecord> = {};
  for (const stage of stages) records[stage.name] = await writeStage(folder, stage, options);
  const run: RunRecord = {
    version: 1,
    name: options.name,
    created_by: "deep-fusion 0.1.0",
    started_at: "2026-01-05T09:30:00.000Z",
    engine: "graph",
    device: "cpu",
    threads: 1,
    stages: records,
  };
  await writeFile(join(folder, "run.json"), JSON.stringify(run, null, 2));
  return folder;
}

function train(
  name: string,
  parents: readonly string[],
  rest: Pick<SampleStage, "length" | "wide" | "startLoss" | "endLoss">,
): SampleStage {
  return { name, kind: "train", parents, ...rest };
}

function fuse(name: string, parents: readonly string[], method: "property" | "rule"): SampleStage {
  const operation: Operation = {
    kind: "fused",
    method,
    fill: 0.1,
    seed: 3,
    optimizer: "grow",
    receipt: {
      method,
      kind: "exact",
      drift: 3.1e-7,
      limit: 1e-5,
      parent_losses: parents.map((_, i) => 2.11 + 0.03 * i),
      child_loss: 2.07,
      filled_drift: 0.043,
      filled_loss: 2.08,
      probe: { source: "held-out examples", examples: 32, tokens: 2208 },
    },
  };
  return {
    name,
    kind: "fuse",
    parents,
    length: 0,
    wide: true,
    startLoss: 2.07,
    endLoss: 2.07,
    operation,
  };
}

function recipeText({ steps }: SampleOptions): string {
  const lines = stages.map(({ name, kind, parents, wide, length }) => {
    if (kind === "evaluate") return `  ${name}: { evaluate: [${parents.join(", ")}] }`;
    if (kind === "fuse") return `  ${name}: { fuse: [${parents.join(", ")}]${copies(parents)} }`;
    const model = parents[0] ?? (wide ? "wide_model" : "small");
    return `  ${name}: { train: ${model}, steps: ${Math.round(length * steps)} }`;
  });
  return [
    "version: 1",
    "corpora:",
    "  books: { embedded: [moby-dick] }",
    "models:",
    "  small: { d_model: 48, d_kv: 24, d_ff: 192, num_heads: 2, num_layers: 2 }",
    "  wide_model: { d_model: 96, d_kv: 24, d_ff: 384, num_heads: 4, num_layers: 2 }",
    "defaults:",
    "  train: { corpus: books, inputs: 64, batch: 16 }",
    "stages:",
    ...lines,
    "",
  ].join("\n");
}

function copies(parents: readonly string[]): string {
  return parents.length === 1 ? ", copies: 2, method: rule" : "";
}

async function writeStage(
  folder: string,
  stage: SampleStage,
  options: SampleOptions,
): Promise<StageRecord> {
  const steps = Math.round(stage.length * options.steps);
  const own = ownCost(stage, steps);
  const record: StageRecord = {
    kind: stage.kind,
    state: "done",
    inputs_sha256: "0".repeat(64),
    cost: lineageCost(stage, options.steps),
    own_cost: own,
    ...(steps > 0 && {
      step: steps,
      steps,
      heldout_loss: stage.endLoss,
      heldout_accuracy: accuracyOf(stage.endLoss),
    }),
    ...(stage.kind === "evaluate" && { results: evaluated(stage) }),
  };
  if (stage.kind === "evaluate") return record;
  const checkpoint = `${stage.name}/step-${String(steps).padStart(8, "0")}`;
  await mkdir(join(folder, checkpoint), { recursive: true });
  const lineage = JSON.stringify(lineageOf(stage, options.steps));
  await writeFile(join(folder, checkpoint, "deep_fusion.json"), lineage);
  const configuration = JSON.stringify(configurationJson(configurationOf(stage)));
  await writeFile(join(folder, checkpoint, "config.json"), configuration);
  if (steps > 0) await writeLogs(join(folder, stage.name), stage, steps);
  return { ...record, checkpoint };
}

function configurationOf(stage: SampleStage): T5Configuration {
  if (!stage.wide) return presets["t5-demo"]!;
  const wide = presets["t5-demo-wide"]!;
  const isProperty = stage.name === "fused" || stage.parents.includes("fused");
  return isProperty ? { ...wide, fusion_parts: [48, 48] } : wide;
}

function evaluated(stage: SampleStage): NonNullable<StageRecord["results"]> {
  return Object.fromEntries(
    stage.parents.map((name) => {
      const loss = stageOf(name).endLoss;
      return [name, { loss, accuracy: accuracyOf(loss), tokens: 70656 }];
    }),
  );
}

async function writeLogs(folder: string, stage: SampleStage, steps: number): Promise<void> {
  const log = await openRunLog(join(folder, "log.jsonl"));
  const noise = normals(stage.name);
  log.append({ step: 0, event: "start" });
  appendHeldout(log, stage, 0, stage.startLoss);
  for (let step = 1; step <= steps; step++) {
    const clean = lossAt(stage, step / steps);
    const loss = clean + 0.05 * noise();
    log.append({
      step,
      loss,
      accuracy: accuracyOf(loss),
      learning_rate: 0.02 * Math.min(1, step / 20, (steps - step) / (0.3 * steps)),
      gradient_norm: 0.4 + 0.5 / Math.sqrt(step) + 0.05 * Math.abs(noise()),
      tokens: step * tokensPerStep,
      flops: step * flopsPerStep(stage),
      seconds: secondsPerStep(stage) * (1 + 0.05 * Math.abs(noise())),
      memory_bytes: 9e8,
    });
    if (step % Math.ceil(steps / 12) === 0 || step === steps)
      appendHeldout(log, stage, step, clean);
    if (step % Math.ceil(steps / 3) === 0) log.append({ step, event: "checkpoint" });
    if (stage.name === "self" && step === Math.round(steps / 2))
      log.append({ step, event: "resume" });
  }
  await writeKernels(folder, stage, { steps, log });
  log.append({ step: steps, event: "done" });
  await log.close();
}

function appendHeldout(log: RunLog, stage: SampleStage, step: number, loss: number): void {
  const heldout_loss = step === 0 ? stage.startLoss : loss;
  log.append({ step, heldout_loss, heldout_accuracy: accuracyOf(heldout_loss) });
}

async function writeKernels(
  folder: string,
  stage: SampleStage,
  { steps, log }: { readonly steps: number; readonly log: RunLog },
): Promise<void> {
  const file = await openHeatMapFile(join(folder, "heatmaps.bin"));
  const frames = 8;
  for (let frame = 0; frame <= frames; frame++) {
    const step = Math.round((frame * steps) / frames);
    for (const kernel of sampleKernels) {
      const map = heatMap(stage, kernel, { step, age: frame / frames });
      file.append(map);
      log.append({
        step,
        kernel,
        mean: 0,
        std: 0.05,
        max_abs: 0.4,
        ...(stage.wide &&
          stage.parents.length > 0 && {
            diagonal_norm: 4 + frame / frames,
            off_diagonal_norm: 0.4 + (1.5 * frame) / frames,
            symmetry: Math.min(0.8, 1e-3 * 2 ** frame),
          }),
      });
    }
  }
  await file.close();
}

/** Diagonal blocks as their parents', off-diagonal ones growing from the fill; from scratch: all alike. */
function heatMap(
  stage: SampleStage,
  kernel: string,
  { step, age }: { readonly step: number; readonly age: number },
): HeatMap {
  const rows = stage.wide ? 96 : 48;
  const columns = kernel.endsWith("wo.weight") ? 4 * rows : rows;
  const fused = stage.wide && stage.parents.length > 0;
  const noise = normals(`${fused ? "fused" : stage.name} ${kernel}`);
  const drift = normals(`${stage.name} ${kernel} drift`);
  const values = Float32Array.from({ length: rows * columns }, (_, i) => {
    const row = Math.floor(i / columns);
    const diagonal = Math.floor((2 * row) / rows) === Math.floor((2 * (i % columns)) / columns);
    const size = !fused || diagonal ? 0.08 : 0.008;
    return size * noise() + 0.03 * age * drift() * (1 + Math.sin(row / 7));
  });
  const borders = {
    rows: fused ? [0, rows / 2] : [],
    columns: fused ? [0, columns / 2] : [],
  };
  return { step, kernel, ...heatMapOf({ shape: [rows, columns], borders, values }) };
}

/** Standard normals, the same ones for the same name. */
function normals(name: string): () => number {
  const block = new Float32Array(4096);
  const key = streamKey(1, name);
  let next = 0;
  return () => {
    if (next % block.length === 0) fillNormal(block, key, 1, next);
    return block[next++ % block.length]!;
  };
}

const tokensPerStep = 16 * (69 + 69);

function flopsPerStep({ wide }: SampleStage): number {
  return wide ? 5.1e9 : 1.5e9;
}

function secondsPerStep({ wide }: SampleStage): number {
  return wide ? 0.067 : 0.026;
}

function lossAt({ startLoss, endLoss }: SampleStage, share: number): number {
  return endLoss + (startLoss - endLoss) * (1 / (1 + 40 * share) - share / 41);
}

function accuracyOf(loss: number): number {
  return Math.max(0.02, Math.min(0.95, 0.9 * Math.exp(-loss / 2.85)));
}

function ownCost(stage: SampleStage, steps: number): Cost {
  return {
    steps,
    tokens: steps * tokensPerStep,
    flops: steps * flopsPerStep(stage),
    device_seconds: stage.kind === "fuse" ? 0.4 : steps * secondsPerStep(stage),
  };
}

function lineageCost(stage: SampleStage, smallSteps: number): Cost {
  const own = ownCost(stage, Math.round(stage.length * smallSteps));
  if (stage.kind === "evaluate") return own;
  return stage.parents
    .map((name) => lineageCost(stageOf(name), smallSteps))
    .reduce(
      (sum, cost) => ({
        steps: sum.steps + cost.steps,
        tokens: sum.tokens + cost.tokens,
        flops: sum.flops + cost.flops,
        device_seconds: sum.device_seconds + cost.device_seconds,
      }),
      own,
    );
}

function lineageOf(stage: SampleStage, smallSteps: number): Lineage {
  const names = stage.name === "grown" ? ["a", "a"] : stage.parents;
  return {
    version: 1,
    created_by: "deep-fusion 0.1.0",
    operation: stage.operation ?? {
      kind: "trained",
      steps: Math.round(stage.length * smallSteps),
    },
    parents: names.map((name, index) => ({
      name,
      weights_sha256: `${index + 1}`.repeat(64),
      cost: lineageCost(stageOf(name), smallSteps),
    })),
    ancestors: [],
    own_cost: ownCost(stage, Math.round(stage.length * smallSteps)),
    cost: lineageCost(stage, smallSteps),
  };
}

function stageOf(name: string): SampleStage {
  return stages.find((stage) => stage.name === name)!;
}
