/** The stream of training batches as a generator: pure but for reading the corpus. The worker runs it ahead. */
import { permutation } from "../random/draw";
import { streamKey } from "../random/threefry";
import { type Block, trainingBlocks } from "./blocks";
import { openCorpus } from "./corpus";
import { beginning, type DataCursor } from "./cursor";
import { loadTokenizer } from "./load-tokenizer";
import type { CorpusSettings, Objective } from "./settings";
import {
  checkSentinels,
  corrupt,
  drawSpans,
  type ExampleShape,
  exampleShape,
} from "./span-corruption";
import type { Tokenizer } from "./tokenizer";

export interface BatchSettings {
  readonly corpus: CorpusSettings;
  /** As loadTokenizer() takes it. */
  readonly tokenizer: string;
  readonly objective: Objective;
  /** Encoder tokens of an example. */
  readonly inputs: number;
  /** Examples of a batch. */
  readonly batch: number;
  readonly seed: number;
  /** Tokens that are shuffled together; absent: 2 Mi. The order of the examples depends on it. */
  readonly blockTokens?: number;
  /** From where to go on; absent: from the beginning. */
  readonly cursor?: DataCursor;
}

export interface Batch {
  /** [batch x inputs] */
  readonly inputIds: Int32Array<ArrayBuffer>;
  /** [batch x targets] */
  readonly labels: Int32Array<ArrayBuffer>;
  /** Of what follows this batch. */
  readonly cursor: DataCursor;
}

export interface BatchSource {
  /** Decoder tokens of an example. */
  readonly targets: number;
  batches(): AsyncGenerator<Batch, never>;
}

/** 8 MiB of memory: enough to mix well, quick to fill, and small beside any model. */
const defaultBlockTokens = 2 ** 21;

/** @throws {RangeError} the corpus, the tokenizer or the objective cannot be used, or the cursor is another corpus's */
export async function batchSource(settings: BatchSettings): Promise<BatchSource> {
  const tokenizer = await loadTokenizer(settings.tokenizer);
  const shape = exampleShape(settings.inputs, settings.objective);
  checkSentinels(shape, tokenizer);
  const corpus = await openCorpus(settings.corpus);
  const start = settings.cursor ?? { ...beginning, index: 0, corpus: corpus.fingerprint };
  if (start.corpus !== corpus.fingerprint) {
    throw new RangeError(
      `Cannot resume on corpus "${settings.corpus.name}": its files have changed since the checkpoint; ` +
        "restore them, or start a new run",
    );
  }
  const { seed, blockTokens = defaultBlockTokens } = settings;
  const length = shape.raw;
  const blocks = () => trainingBlocks({ corpus, tokenizer, length, seed, blockTokens }, start);
  return {
    targets: shape.targets,
    batches: () => batches(blocks(), { settings, shape, tokenizer, start }),
  };
}

interface Assembly {
  readonly settings: BatchSettings;
  readonly shape: ExampleShape;
  readonly tokenizer: Tokenizer;
  readonly start: DataCursor;
}

async function* batches(
  blocks: AsyncGenerator<Block>,
  { settings, shape, tokenizer, start }: Assembly,
): AsyncGenerator<Batch, never> {
  let batch = emptyBatch(settings.batch, shape);
  let filled = 0;
  let index = start.index;
  for await (const block of ahead(blocks)) {
    const { epoch, block: number } = block.start;
    const order = permutation(streamKey(settings.seed, `windows/${epoch}/${number}`), block.count);
    const key = streamKey(settings.seed, `spans/${epoch}/${number}`);
    for (; index < block.count; index++) {
      const from = order[index]! * shape.raw;
      const window = block.tokens.subarray(from, from + shape.raw);
      corrupt(window, drawSpans(shape, key, index), exampleOf(batch, filled, shape), tokenizer);
      if (++filled < settings.batch) continue;
      yield { ...batch, cursor: { ...block.start, index: index + 1, corpus: start.corpus } };
      batch = emptyBatch(settings.batch, shape);
      filled = 0;
    }
    index = 0;
  }
  throw new Error("unreachable: the blocks have no end");
}

function emptyBatch(examples: number, shape: ExampleShape) {
  return {
    inputIds: new Int32Array(examples * shape.inputs),
    labels: new Int32Array(examples * shape.targets),
  };
}

function exampleOf(batch: Omit<Batch, "cursor">, example: number, shape: ExampleShape) {
  const { inputs, targets } = shape;
  return {
    inputs: batch.inputIds.subarray(example * inputs, (example + 1) * inputs),
    targets: batch.labels.subarray(example * targets, (example + 1) * targets),
  };
}

/** The same items, each begun while the one before is in use. */
async function* ahead<T>(items: AsyncGenerator<T>): AsyncGenerator<T> {
  try {
    let next = items.next();
    for (;;) {
      const result = await next;
      if (result.done === true) return;
      next = items.next();
      // Whoever awaits it sees the failure; before that it must not count as unhandled.
      next.catch(() => undefined);
      yield result.value;
    }
  } finally {
    await items.return(undefined);
  }
}
