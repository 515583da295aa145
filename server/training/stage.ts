/** Everything a train stage holds while it runs, opened in order and closed in reverse. */
import { type BatchStream, openBatches } from "../data/stream";
import { exampleShape } from "../data/span-corruption";
import { heldoutExamples } from "../data/heldout";
import { loadTokenizer } from "../data/load-tokenizer";
import type { Engine } from "../engine/engine";
import type { StageReport } from "../protocol/trainer";
import type { Clock } from "./clock";
import { type Evaluator, openEvaluator } from "./evaluate";
import { type Learner, openLearner } from "./learner";
import { openRecorder, type Recorder } from "./recorder";
import type { TrainSettings } from "./settings";
import type { OpenStart, StartOptions } from "./start";
import { fillStore } from "./weights";

export interface TrainOptions extends StartOptions {
  readonly engine: Engine;
  readonly settings: TrainSettings;
  /** The data worker's bundle. */
  readonly dataWorker: URL;
  readonly clock: Clock;
  /** Stop: the step in progress ends, a checkpoint is saved, and the result says "stopped". */
  readonly signal?: AbortSignal;
  readonly report?: (report: StageReport) => void;
  /** Checkpoints kept, the newest included; 2 unless given. */
  readonly keepCheckpoints?: number;
}

export interface Stage {
  readonly options: TrainOptions;
  readonly start: OpenStart;
  readonly batches: BatchStream;
  readonly learner: Learner;
  /** Undefined where the corpus or the settings have no held-out examples. */
  readonly evaluator: Evaluator | undefined;
  readonly recorder: Recorder;
  /** To be kept with the checkpoints. */
  readonly tokenizerFiles: readonly string[] | "bytes";
  close(): Promise<void>;
}

type Closer = () => void | Promise<void>;

/** @throws {RangeError} settings, corpus and model do not fit each other */
export async function openStage(options: TrainOptions, start: OpenStart): Promise<Stage> {
  const closers: Closer[] = [];
  const close = () => closeAll(closers.splice(0).reverse());
  try {
    return { ...(await openParts(options, start, closers)), options, start, close };
  } catch (error) {
    await close().catch(() => undefined); // the first failure is the one to tell
    throw error;
  }
}

/** @throws the first failure, after all were tried */
async function closeAll(closers: readonly Closer[]): Promise<void> {
  const failures: unknown[] = [];
  for (const closer of closers) {
    try {
      await closer();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}

async function openParts(
  options: TrainOptions,
  start: OpenStart,
  closers: Closer[],
): Promise<Omit<Stage, "options" | "start" | "close">> {
  const { settings, engine, directory, clock } = options;
  const { cursor } = start.progress;
  const recorder = await openRecorder({
    directory,
    lastStep: start.resumed === undefined ? undefined : start.progress.step,
    clock,
    report: options.report ?? (() => undefined),
  });
  closers.push(() => recorder.close());
  const { corpus, tokenizer: tokenizerSpec, objective, inputs, batch, seed } = settings;
  const opening = openBatches({
    ...{ corpus, tokenizer: tokenizerSpec, objective, inputs, batch, seed },
    worker: options.dataWorker,
    ...(cursor && { cursor }),
  });
  opening.catch(() => undefined); // whoever waits for it hears of it
  closers.push(async () => {
    await (await opening.catch(() => undefined))?.close();
  });
  const tokenizer = await loadTokenizer(settings.tokenizer);
  checkVocabulary(tokenizer.vocabSize, start);
  recorder.progress("Compiling the model");
  const { targets } = exampleShape(inputs, objective);
  const { configuration } = start;
  const learner = await openLearner({ engine, configuration, settings, targets });
  closers.push(() => {
    learner.dispose();
  });
  await fillStore(learner.weights, start.weights);
  if (start.optimizer) await fillStore(learner.state, start.optimizer);
  const evaluator = await openHeldout(options, start);
  closers.push(() => evaluator?.dispose());
  const tokenizerFiles = settings.tokenizer === "bytes" ? "bytes" : tokenizer.files;
  recorder.progress("Reading the corpus");
  const batches = await opening;
  return { batches, learner, evaluator, recorder, tokenizerFiles };
}

async function openHeldout(
  { settings, engine }: TrainOptions,
  { configuration }: OpenStart,
): Promise<Evaluator | undefined> {
  if (settings.evaluate_examples === 0 || settings.corpus.holdout === 0) return undefined;
  const heldout = await heldoutExamples(settings, settings.evaluate_examples);
  if (heldout.examples === 0) return undefined;
  return openEvaluator({ engine, configuration, heldout, batch: settings.micro_batch });
}

function checkVocabulary(vocabSize: number, { configuration }: OpenStart): void {
  if (vocabSize > configuration.vocab_size) {
    throw new RangeError(
      `Cannot train: the tokenizer has ${vocabSize} tokens, the model's vocab_size is ` +
        `${configuration.vocab_size}; choose the model's own tokenizer, or a larger vocab_size`,
    );
  }
}
