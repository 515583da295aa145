/** Runs a model over batches of several shapes, and adds up what it scores. */
import type { T5Configuration } from "../checkpoint/configuration";
import type { CompiledFunction, Engine, HostTensors, TensorStore } from "../engine/engine";
import type { BatchShape } from "../model/batch";
import { evaluationFunction, logitsFunction, lossFunction } from "../model/functions";
import type { BucketBatch } from "../model/length-buckets";

export interface ScoreOptions {
  readonly engine: Engine;
  readonly configuration: T5Configuration;
  readonly weights: TensorStore;
  /** Where the gradients of the sum of all targets' losses, times `lossWeight`, are added. */
  readonly gradients: { readonly store: TensorStore; readonly lossWeight: number } | undefined;
  /** Shown the logits of each example, by its place: [its targets, vocab_size]. */
  readonly onLogits: ((example: number, logits: Float32Array) => Promise<void>) | undefined;
  /** Called after each batch with the number of examples in it. */
  readonly onBatch: (examples: number) => void;
}

/** Over all counted targets. */
export interface Sums {
  readonly nll: number;
  readonly correct: number;
}

export async function scoreBatches(
  batches: Iterable<BucketBatch>,
  options: ScoreOptions,
): Promise<Sums> {
  const { engine, configuration, weights, onLogits, onBatch } = options;
  const scorers = new LatestShape((shape) => compileScorer(options, shape));
  const logits = new LatestShape((shape) =>
    engine.compileFunction(logitsFunction(configuration, shape)),
  );
  const sums = { nll: 0, correct: 0 };
  try {
    for (const batch of batches) {
      const scorer = await scorers.get(batch.shape);
      const { nll, correct } = await scorer.run(batch.inputs);
      sums.nll += nll;
      sums.correct += correct;
      if (onLogits !== undefined) {
        await showLogits(batch, { compiled: await logits.get(batch.shape), weights, onLogits });
      }
      onBatch(batch.rows.length);
    }
    return sums;
  } finally {
    scorers.dispose();
    logits.dispose();
  }
}

interface Scorer {
  run(inputs: HostTensors): Promise<Sums>;
  dispose(): void;
}

/** The loss function gives the same sums on its way to the gradients. */
async function compileScorer(options: ScoreOptions, shape: BatchShape): Promise<Scorer> {
  const { engine, configuration, weights, gradients } = options;
  if (gradients === undefined) {
    const compiled = await engine.compileFunction(evaluationFunction(configuration, shape));
    return {
      run: async (inputs) => {
        const { nll, correct } = await compiled.run(weights, inputs);
        return { nll: total(nll), correct: total(correct) };
      },
      dispose: () => {
        compiled.dispose();
      },
    };
  }
  const compiled = await engine.compileGradients(lossFunction(configuration, shape));
  const loss_weight = Float32Array.of(gradients.lossWeight);
  return {
    run: async (inputs) => {
      const given = { ...inputs, loss_weight };
      const { metrics } = await compiled.run(weights, gradients.store, [given], "accumulate");
      return { nll: metrics.nll ?? NaN, correct: metrics.correct ?? NaN };
    },
    dispose: () => {
      compiled.dispose();
    },
  };
}

interface ShowLogits {
  readonly compiled: CompiledFunction;
  readonly weights: TensorStore;
  readonly onLogits: NonNullable<ScoreOptions["onLogits"]>;
}

async function showLogits(
  { rows, shape, inputs }: BucketBatch,
  { compiled, weights, onLogits }: ShowLogits,
): Promise<void> {
  const sequences = Object.entries(inputs).filter(([name]) => name !== "labels");
  const { logits } = await compiled.run(weights, Object.fromEntries(sequences));
  if (!(logits instanceof Float32Array)) throw new TypeError("Cannot read logits: not float32");
  const vocabulary = logits.length / (shape.examples * shape.targets);
  for (const [row, { example, targets }] of rows.entries()) {
    const first = row * shape.targets;
    await onLogits(example, logits.subarray(first * vocabulary, (first + targets) * vocabulary));
  }
}

/** Batches come sorted, so that one compiled function at a time is enough. */
class LatestShape<Compiled extends { dispose(): void }> {
  private latest: { readonly shape: BatchShape; readonly compiled: Compiled } | undefined;

  constructor(private readonly compile: (shape: BatchShape) => Promise<Compiled>) {}

  async get(shape: BatchShape): Promise<Compiled> {
    if (this.latest === undefined || !sameShape(this.latest.shape, shape)) {
      this.dispose();
      this.latest = { shape, compiled: await this.compile(shape) };
    }
    return this.latest.compiled;
  }

  dispose(): void {
    this.latest?.compiled.dispose();
    this.latest = undefined;
  }
}

function sameShape(a: BatchShape, b: BatchShape): boolean {
  return (
    a.examples === b.examples &&
    a.inputs === b.inputs &&
    a.targets === b.targets &&
    a.masked === b.masked
  );
}

function total(values: HostTensors[string] | undefined): number {
  let sum = 0;
  for (const value of values ?? []) sum += value;
  return sum;
}
