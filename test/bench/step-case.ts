/** What is timed: a model, a batch shape, and the folder in which both sides find weights and batches. */
import { createWriteStream } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import type { T5Configuration } from "../../server/checkpoint/configuration";
import { parameterShapes } from "../../server/checkpoint/parameters";
import { type BatchShape, shiftRight } from "../../server/model/batch";
import { initialWeight } from "../../server/model/initialise";
import { presets } from "../../server/model/presets";
import { uniform } from "../../server/random/draw";
import { streamKey } from "../../server/random/threefry";

export type StepDevice = "cpu" | "webgpu";

export interface StepCase {
  readonly configuration: T5Configuration;
  readonly shape: BatchShape;
  readonly steps: number;
  readonly threads: number;
  /** Of the graph engine; PyTorch takes CUDA for anything but the CPU. */
  readonly device: StepDevice;
  readonly learningRate: number;
  readonly recompute: boolean;
  /** Names and shapes in the order of weights.bin. */
  readonly weights: readonly (readonly [string, readonly number[]])[];
}

export interface StepTimes {
  readonly losses: readonly number[];
  /** Of each step, the part before the update. */
  readonly gradientMs: readonly number[];
  /** One a step; the first ones touch memory for the first time. */
  readonly stepMs: readonly number[];
  readonly peakBytes: number;
}

/** Small, so that rounding does not grow into another trajectory while the losses are compared. */
const learningRate = 1e-4;

const lengths = { inputs: 128, targets: 32, masked: false } as const;

export interface StepModel {
  readonly configuration: T5Configuration;
  readonly shape: BatchShape;
  readonly steps: number;
}

/** Nano: 2.1M parameters; T5-Small: 77M. */
export const stepModels = {
  nano: {
    configuration: {
      ...presets["t5-small"]!,
      vocab_size: 2048,
      d_model: 128,
      d_kv: 32,
      d_ff: 256,
      num_heads: 4,
      num_layers: 4,
      num_decoder_layers: 4,
      fusion_parts: [128],
    },
    shape: { examples: 16, ...lengths },
    steps: 20,
  },
  "t5-small": {
    configuration: presets["t5-small"]!,
    shape: { examples: 4, ...lengths },
    steps: 12,
  },
} as const satisfies Readonly<Record<string, StepModel>>;

export interface StepOptions {
  readonly threads: number;
  /** "cpu" by default. */
  readonly device?: StepDevice;
  /** Of the graph engine; false by default. */
  readonly recompute?: boolean;
}

/** Writes case.json, weights.bin and batches.bin (inputs, decoder inputs and labels, step by step). */
export async function writeStepCase(
  folder: string,
  { configuration, shape, steps }: StepModel,
  { threads, device = "cpu", recompute = false }: StepOptions,
): Promise<StepCase> {
  const weights = [...parameterShapes(configuration)];
  const settings = { threads, device, learningRate, recompute };
  const stepCase = { configuration, shape, steps, ...settings, weights };
  await writeFile(join(folder, "case.json"), JSON.stringify(stepCase));
  const file = createWriteStream(join(folder, "weights.bin"));
  for (const [name] of weights) {
    const values = initialWeight(configuration, name, 1);
    await new Promise((resolve) => file.write(new Uint8Array(values.buffer), resolve));
  }
  file.end();
  await finished(file);
  await writeFile(join(folder, "batches.bin"), batches(stepCase));
  return stepCase;
}

function batches({ configuration, shape, steps }: StepCase): Uint8Array {
  const parts = Array.from({ length: steps }, (_, step) => {
    const ids = (what: string, count: number): Int32Array => {
      const key = streamKey(step, what);
      return Int32Array.from({ length: count }, (_unused, index) =>
        Math.floor(uniform(key, index) * configuration.vocab_size),
      );
    };
    const labels = ids("labels", shape.examples * shape.targets);
    const inputs = ids("inputs", shape.examples * shape.inputs);
    return [...inputs, ...shiftRight(labels, shape, configuration), ...labels];
  });
  return new Uint8Array(Int32Array.from(parts.flat()).buffer);
}
