/** A fixed set of held-out examples: the same for every run over the same corpus, tokenizer and objective. */
import { streamKey } from "../random/threefry";
import type { BatchSettings } from "./batches";
import { shuffledShards, withEos } from "./blocks";
import { type Corpus, openCorpus } from "./corpus";
import { isHeldOut } from "./holdout";
import { loadTokenizer } from "./load-tokenizer";
import {
  checkSentinels,
  corrupt,
  drawSpans,
  type ExampleShape,
  exampleShape,
} from "./span-corruption";
import type { Tokenizer } from "./tokenizer";

export type HeldoutOptions = Pick<BatchSettings, "corpus" | "tokenizer" | "objective" | "inputs">;

export interface HeldoutExamples {
  /** [examples x inputs] */
  readonly inputIds: Int32Array;
  /** [examples x targets] */
  readonly labels: Int32Array;
  readonly examples: number;
  readonly targets: number;
}

/** Training seeds change neither the choice nor the spans. */
const fixedSeed = 0;

/**
 * At most `count` examples; fewer, or none, where the held-out documents have no more.
 * @throws {RangeError} corpus, tokenizer or objective cannot be used; @throws the signal's reason
 */
export async function heldoutExamples(
  options: HeldoutOptions,
  count: number,
  signal?: AbortSignal,
): Promise<HeldoutExamples> {
  const tokenizer = await loadTokenizer(options.tokenizer);
  const shape = exampleShape(options.inputs, options.objective);
  checkSentinels(shape, tokenizer);
  const corpus = await openCorpus(options.corpus);
  const tokens = await heldoutTokens(corpus, tokenizer, count * shape.raw, signal);
  const examples = Math.floor(tokens.length / shape.raw);
  const inputIds = new Int32Array(examples * shape.inputs);
  const labels = new Int32Array(examples * shape.targets);
  const key = streamKey(fixedSeed, "heldout/spans");
  for (let example = 0; example < examples; example++) {
    const window = tokens.subarray(example * shape.raw, (example + 1) * shape.raw);
    const into = exampleAt({ inputIds, labels }, example, shape);
    corrupt(window, drawSpans(shape, key, example), into, tokenizer);
  }
  return { inputIds, labels, examples, targets: shape.targets };
}

function exampleAt(
  { inputIds, labels }: Pick<HeldoutExamples, "inputIds" | "labels">,
  example: number,
  { inputs, targets }: ExampleShape,
) {
  return {
    inputs: inputIds.subarray(example * inputs, (example + 1) * inputs),
    targets: labels.subarray(example * targets, (example + 1) * targets),
  };
}

/** The first `most` tokens of the held-out documents, shards in a fixed random order. */
async function heldoutTokens(
  corpus: Corpus,
  tokenizer: Tokenizer,
  most: number,
  signal: AbortSignal | undefined,
): Promise<Int32Array> {
  const tokens = new Int32Array(most);
  let filled = 0;
  for (const shard of shuffledShards(corpus.shards, fixedSeed, 0)) {
    for await (const document of shard.documents(0)) {
      if (filled === most) return tokens;
      signal?.throwIfAborted();
      if (!isHeldOut(document, corpus.settings.holdout)) continue;
      const more = withEos(tokenizer, document.text).subarray(0, most - filled);
      tokens.set(more, filled);
      filled += more.length;
    }
  }
  return tokens.subarray(0, filled);
}
