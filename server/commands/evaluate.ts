/**
 * `deep-fusion evaluate CHECKPOINT --examples FILE.jsonl [--logits FILE] [--gradients FILE]`: loss and accuracy of a
 * checkpoint on given examples, and where asked for its logits and the gradient of its loss.
 */
import type { Checkpoint } from "../checkpoint/checkpoint";
import { whyNotFinite } from "../checkpoint/not-finite";
import { writeSafetensors } from "../checkpoint/safetensors-writer";
import type { Engine, TensorStore } from "../engine/engine";
import { type Example, isTarget } from "../model/examples";
import { weightSpecs } from "../model/functions";
import { bucketBatches } from "../model/length-buckets";
import { createLogitsFile, type LogitsFile } from "./logits-file";
import { readExamples } from "./read-examples";
import { replaceFile } from "../files/replace-file";
import { scoreBatches } from "./score-batches";

export interface EvaluateOptions {
  readonly checkpoint: Checkpoint;
  readonly engine: Engine;
  /** Path of lines `{"input_ids": [...], "labels": [...]}`. */
  readonly examples: string;
  /** To be written: float32 `logits` [examples, longest target, vocab], zero after an example's own targets. */
  readonly logits?: string | undefined;
  /** To be written: the gradient of the loss for each stored weight, under its Hugging Face name. */
  readonly gradients?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((doneExamples: number, totalExamples: number) => void) | undefined;
}

export interface EvaluateResult {
  /** Mean nats per target token. */
  readonly loss: number;
  /** Fraction of target tokens whose largest logit is the right one. */
  readonly accuracy: number;
  /** Target tokens; padding is none. */
  readonly tokens: number;
  readonly examples: number;
}

/**
 * An output file that is there already is replaced only by a complete one.
 * @throws {SyntaxError} a line that is not an example, with its number
 * @throws {RangeError} an id outside the vocabulary, no target at all, or a loss that is not finite
 */
export async function evaluate(options: EvaluateOptions): Promise<EvaluateResult> {
  const { checkpoint, engine, examples: file, signal } = options;
  const examples = await readExamples(file, checkpoint.configuration);
  const tokens = examples.reduce((sum, { labels }) => sum + labels.filter(isTarget).length, 0);
  if (tokens === 0) throw new RangeError(`Cannot evaluate ${file}: all of its labels are padding`);

  const specs = weightSpecs(checkpoint.configuration);
  const weights = engine.allocate(specs);
  const gradients = options.gradients === undefined ? undefined : engine.allocate(specs);
  try {
    await loadWeights(weights, checkpoint, signal);
    const sums = await score({ options, examples, tokens, weights, gradients });
    if (!Number.isFinite(sums.nll)) {
      const reason = await whyNotFinite(sums.nll, checkpoint.weights);
      throw new RangeError(`Cannot evaluate ${checkpoint.directory}: ${reason}`);
    }
    if (options.gradients !== undefined && gradients !== undefined) {
      await writeStore(options.gradients, gradients, signal);
    }
    return {
      loss: sums.nll / tokens,
      accuracy: sums.correct / tokens,
      tokens,
      examples: examples.length,
    };
  } finally {
    weights.dispose();
    gradients?.dispose();
  }
}

interface Evaluation {
  readonly options: EvaluateOptions;
  readonly examples: readonly Example[];
  readonly tokens: number;
  readonly weights: TensorStore;
  readonly gradients: TensorStore | undefined;
}

/** Sums over all targets; fills the gradients and the file of logits where there are any. */
function score({ options, examples, tokens, weights, gradients }: Evaluation) {
  const { checkpoint, engine, signal, onProgress } = options;
  const { configuration } = checkpoint;
  const scoreAll = (logits?: LogitsFile) => {
    let done = 0;
    return scoreBatches(bucketBatches(examples, configuration), {
      engine,
      configuration,
      weights,
      gradients: gradients && { store: gradients, lossWeight: 1 / tokens },
      onLogits: logits && ((example, values) => logits.write(example, values)),
      onBatch: (finished) => {
        done += finished;
        onProgress?.(done, examples.length);
        signal?.throwIfAborted();
      },
    });
  };
  if (options.logits === undefined) return scoreAll();

  return replaceFile(options.logits, async (handle) => {
    const targets = Math.max(...examples.map(({ labels }) => labels.length));
    const size = { examples: examples.length, targets, vocabulary: configuration.vocab_size };
    return scoreAll(await createLogitsFile(handle, size));
  });
}

async function loadWeights(
  store: TensorStore,
  checkpoint: Checkpoint,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (const name of Object.keys(store.specs)) {
    signal?.throwIfAborted();
    await store.write(name, await checkpoint.weights.read(name));
  }
}

function writeStore(path: string, store: TensorStore, signal: AbortSignal | undefined) {
  const shapes = new Map(Object.entries(store.specs).map(([name, { shape }]) => [name, shape]));
  const source = { shapes, read: (name: string) => store.read(name) };
  return replaceFile(path, (handle) => writeSafetensors(handle, source, { signal }));
}
