/** From an input's tokens to the tokens that the model gives. */
import type { T5Configuration } from "../checkpoint/configuration";
import type { Engine, TensorStore } from "../engine/engine";
import type { Strategy } from "../protocol/generation";
import { BeamSearch } from "./beam-search";
import { type Decoder, openDecoder } from "./decoder";
import { logSoftmax } from "./log-softmax";
import type { GeneratedTokens } from "./generated-tokens";
import { type Choose, greedy, sampler } from "./sampling";

export interface GenerateOptions {
  readonly engine: Engine;
  readonly configuration: T5Configuration;
  readonly weights: TensorStore;
  /** Token ids, end of sequence included. */
  readonly inputIds: readonly number[];
  readonly strategy: Strategy;
  /** The most tokens of a sequence, its end included. */
  readonly maxTokens: number;
  readonly signal?: AbortSignal | undefined;
  /** Called after each step with what there is so far, of beams the best. */
  readonly onStep?: ((sequences: readonly (readonly number[])[]) => void) | undefined;
}

/**
 * One sequence if greedy, as many as samples, or as many as beams, the best first.
 * Where the model's logits are not finite, log-probabilities are NaN.
 * @throws the signal's reason
 */
export async function generateTokens(options: GenerateOptions): Promise<GeneratedTokens[]> {
  const { strategy, maxTokens } = options;
  const rows = rowsOf(strategy);
  const decoder = await openDecoder({ ...options, rows, steps: maxTokens });
  try {
    if (strategy.kind === "beam") return await searchBeams(decoder, strategy, options);
    const choose = strategy.kind === "greedy" ? greedy : sampler(strategy.sampling);
    return await growRows(decoder, { rows, choose }, options);
  } finally {
    decoder.dispose();
  }
}

function rowsOf(strategy: Strategy): number {
  if (strategy.kind === "greedy") return 1;
  return strategy.kind === "sample" ? strategy.samples : strategy.beams;
}

interface Rows {
  readonly rows: number;
  readonly choose: Choose;
}

/** Each row grows by itself until it ends; one that has ended is fed padding. */
async function growRows(
  decoder: Decoder,
  { rows, choose }: Rows,
  { configuration, maxTokens, signal, onStep }: GenerateOptions,
): Promise<GeneratedTokens[]> {
  const { pad_token_id, eos_token_id, decoder_start_token_id } = configuration;
  const grown = Array.from({ length: rows }, () => ({ tokens: [] as number[], logProbability: 0 }));
  const ended = (tokens: readonly number[]) => tokens.at(-1) === eos_token_id;
  let latest = grown.map(() => decoder_start_token_id);
  for (let position = 0; position < maxTokens; position++) {
    signal?.throwIfAborted();
    const next = logProbabilitiesOf(await decoder.step(latest), rows);
    grown.forEach((sequence, row) => {
      if (ended(sequence.tokens)) return;
      const token = choose(next[row]!, { row, position });
      sequence.tokens.push(token);
      sequence.logProbability += next[row]![token]!;
    });
    onStep?.(grown.map(({ tokens }) => tokens));
    if (grown.every(({ tokens }) => ended(tokens))) break;
    latest = grown.map(({ tokens }) => (ended(tokens) ? pad_token_id : tokens.at(-1)!));
  }
  return grown;
}

async function searchBeams(
  decoder: Decoder,
  { beams, lengthPenalty }: Extract<Strategy, { kind: "beam" }>,
  { configuration, maxTokens, signal, onStep }: GenerateOptions,
): Promise<GeneratedTokens[]> {
  const { eos_token_id, decoder_start_token_id } = configuration;
  const search = new BeamSearch({ beams, lengthPenalty, steps: maxTokens, eos: eos_token_id });
  let latest: readonly number[] = Array.from({ length: beams }, () => decoder_start_token_id);
  for (;;) {
    signal?.throwIfAborted();
    search.advance(logProbabilitiesOf(await decoder.step(latest), beams));
    if (search.done) return search.results.map(withoutScore);
    onStep?.([search.best]);
    decoder.reorder(search.from);
    latest = search.latest;
  }
}

function withoutScore({ tokens, logProbability }: GeneratedTokens): GeneratedTokens {
  return { tokens, logProbability };
}

function logProbabilitiesOf(logits: Float32Array, rows: number): Float64Array[] {
  const size = logits.length / rows;
  return Array.from({ length: rows }, (_, row) =>
    logSoftmax(logits.subarray(row * size, (row + 1) * size)),
  );
}
