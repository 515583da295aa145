/** How time and memory of a training step grow with the model and with the sequence, against the operations counted. */
import { availableParallelism, freemem } from "node:os";
import type { T5Configuration } from "../../server/checkpoint/configuration";
import { parameterCount } from "../../server/checkpoint/parameters";
import { stepFlops } from "../../server/model/cost";
import { presets } from "../../server/model/presets";
import { type Bench, type BenchContext, type BenchResult, benchResult } from "./result";
import { inScratch } from "./scratch";
import { type StepModel, stepModels, writeStepCase } from "./step-case";
import { stepTimes, typicalStep } from "./step-times";

/** Weight, gradient and Adam's two moments in float32, and as much again for activations and what is passing. */
const bytesPerParameter = 24;
const steps = 6;

const nano: T5Configuration = stepModels.nano.configuration;

/** From 1M to 317M parameters, on equal batches. */
const models: readonly (readonly [string, T5Configuration])[] = [
  ["1M", { ...nano, vocab_size: 1024, num_layers: 2, num_decoder_layers: 2 }],
  ["2M", nano],
  [
    "15M",
    { ...nano, vocab_size: 8192, d_model: 256, d_ff: 1024, num_heads: 8, fusion_parts: [256] },
  ],
  ["t5-small", presets["t5-small"]!],
  ["t5-medium", presets["t5-medium"]!],
  ["t5-m", presets["t5-m"]!],
];
const lengths = [64, 128, 256, 512, 1024];

export const scaleBench: Bench = {
  name: "scale",
  summary:
    "a training step from 1M to 317M parameters and from 64 to 1024 inputs; exponent: of its time in the " +
    "operations counted, 1 where the time grows as they do",
  run: async (context) => {
    const bySize: Point[] = [];
    for (const [name, configuration] of models) {
      if (parameterCount(configuration) * bytesPerParameter > freemem()) {
        context.progress(`  ${name}: left out, for it does not fit into what memory is free`);
        continue;
      }
      const shape = { examples: 4, inputs: 128, targets: 32, masked: false };
      bySize.push(await measured(name, { configuration, shape, steps }, context));
    }
    const byLength: Point[] = [];
    for (const inputs of lengths) {
      const shape = { examples: 2, inputs, targets: inputs / 4, masked: false };
      const name = `2M, ${inputs} inputs`;
      byLength.push(await measured(name, { configuration: nano, shape, steps }, context));
    }
    return [
      ...[...bySize, ...byLength].flatMap(rows),
      ...exponents("size", bySize),
      ...exponents("length", byLength),
    ];
  },
};

interface Point {
  readonly name: string;
  readonly flops: number;
  readonly ms: number;
  readonly bytes: number;
}

function measured(name: string, model: StepModel, context: BenchContext): Promise<Point> {
  context.progress(`  ${name}`);
  return inScratch(async (folder) => {
    await writeStepCase(folder, model, { threads: Math.min(availableParallelism(), 8) });
    const times = await stepTimes(context, [folder]);
    return {
      name,
      flops: stepFlops(model.configuration, model.shape),
      ms: typicalStep(times),
      bytes: times.peakBytes,
    };
  });
}

function rows({ name, flops, ms, bytes }: Point): BenchResult[] {
  return [
    benchResult(`scale/${name}/time`, { value: ms, unit: "ms" }),
    benchResult(`scale/${name}/speed`, { value: flops / ms / 1e6, unit: "GFLOP/s" }),
    benchResult(`scale/${name}/memory`, { value: bytes / 1e6, unit: "MB" }),
  ];
}

function exponents(what: string, points: readonly Point[]): BenchResult[] {
  const of = (quantity: (point: Point) => number): number =>
    slope(points.map((point) => [Math.log(point.flops), Math.log(quantity(point))] as const));
  return [
    benchResult(`scale/${what}/time-exponent`, {
      value: of(({ ms }) => ms),
      unit: "",
      reference: 1,
    }),
    benchResult(`scale/${what}/memory-exponent`, { value: of(({ bytes }) => bytes), unit: "" }),
  ];
}

/** Of the line with the least squares. */
function slope(points: readonly (readonly [number, number])[]): number {
  const mean = (axis: 0 | 1) => points.reduce((sum, point) => sum + point[axis], 0) / points.length;
  const [meanX, meanY] = [mean(0), mean(1)];
  const along = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  return along / points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
}
