/**
 * Documents → tokens, concatenated with eos behind each document → windows of equal length → blocks of windows.
 * A block is what is shuffled and what is in memory at once. What does not fill a window at the end of an epoch is
 * left out.
 */
import { setImmediate } from "node:timers/promises";
import { permutation } from "../random/draw";
import { streamKey } from "../random/threefry";
import type { Corpus } from "./corpus";
import type { BlockStart } from "./cursor";
import type { Shard } from "./documents";
import { isHeldOut } from "./holdout";
import type { Tokenizer } from "./tokenizer";

export interface Block {
  readonly start: BlockStart;
  /** [count x length] */
  readonly tokens: Int32Array;
  readonly count: number;
}

export interface BlockOptions {
  readonly corpus: Corpus;
  readonly tokenizer: Tokenizer;
  /** Tokens of a window. */
  readonly length: number;
  readonly seed: number;
  /** Tokens of a block; what is left after whole windows is not used. */
  readonly blockTokens: number;
}

/** How long tokenizing may keep the thread from its messages. */
const sliceMs = 10;

/** Of the training documents, epoch after epoch without end. @throws {RangeError} an epoch has no window */
export async function* trainingBlocks(
  options: BlockOptions,
  start: BlockStart,
): AsyncGenerator<Block> {
  for (
    let from = start;
    ;
    from = { epoch: from.epoch + 1, block: 0, shard: 0, offset: 0, skip: 0 }
  ) {
    let windows = 0;
    for await (const block of epochBlocks(options, from)) {
      windows += block.count;
      yield block;
    }
    if (windows === 0 && from.block === 0) throw new RangeError(tooShort(options));
  }
}

function tooShort({ corpus, length }: BlockOptions): string {
  const { name, holdout } = corpus.settings;
  const sizeBytes = corpus.shards.reduce((sum, shard) => sum + shard.sizeBytes, 0);
  const where =
    corpus.shards.length === 1 ? corpus.shards[0]!.name : `${corpus.shards.length} files`;
  return (
    `Cannot train on corpus "${name}": ${where}, ${sizeBytes} bytes together, less ${percent(holdout)} held out, ` +
    `is too short for one example of ${length} tokens; add text, shorten inputs or lower holdout`
  );
}

function percent(fraction: number): string {
  return `${Number((100 * fraction).toPrecision(6))} %`;
}

async function* epochBlocks(options: BlockOptions, start: BlockStart): AsyncGenerator<Block> {
  const windows = Math.max(1, Math.floor(options.blockTokens / options.length));
  let position = start;
  let tokens = new Int32Array(windows * options.length);
  let filled = 0;
  for await (const piece of trainingTokens(options, start)) {
    for (let used = 0; used < piece.tokens.length;) {
      const taken = piece.tokens.subarray(used, used + tokens.length - filled);
      tokens.set(taken, filled);
      filled += taken.length;
      used += taken.length;
      if (filled < tokens.length) continue;
      yield { start: position, tokens, count: windows };
      tokens = new Int32Array(tokens.length);
      filled = 0;
      const { shard, offset, skip } = piece;
      position = {
        epoch: start.epoch,
        block: position.block + 1,
        shard,
        offset,
        skip: skip + used,
      };
    }
  }
  const count = Math.floor(filled / options.length);
  if (count > 0)
    yield { start: position, tokens: tokens.subarray(0, count * options.length), count };
}

/** Tokens of one document, less the `skip` that an earlier block had. */
interface Piece {
  readonly tokens: Int32Array;
  readonly shard: number;
  readonly offset: number;
  readonly skip: number;
}

async function* trainingTokens(options: BlockOptions, start: BlockStart): AsyncGenerator<Piece> {
  const { corpus, tokenizer, seed } = options;
  const shards = shuffledShards(corpus.shards, seed, start.epoch);
  let sliceStart = performance.now();
  for (let shard = start.shard; shard < shards.length; shard++) {
    const first = shard === start.shard ? start.offset : 0;
    for await (const document of shards[shard]!.documents(first)) {
      if (isHeldOut(document, corpus.settings.holdout)) continue;
      const tokens = withEos(tokenizer, document.text);
      const { offset } = document;
      const skip = shard === start.shard && offset === start.offset ? start.skip : 0;
      yield { tokens: tokens.subarray(skip), shard, offset, skip };
      if (performance.now() - sliceStart < sliceMs) continue;
      await setImmediate();
      sliceStart = performance.now();
    }
  }
}

export function shuffledShards(shards: readonly Shard[], seed: number, epoch: number): Shard[] {
  const order = permutation(streamKey(seed, `shards/${epoch}`), shards.length);
  return Array.from(order, (index) => shards[index]!);
}

export function withEos(tokenizer: Tokenizer, text: string): Int32Array {
  const tokens = tokenizer.encode(text);
  const ended = new Int32Array(tokens.length + 1);
  ended.set(tokens);
  ended[tokens.length] = tokenizer.eosId;
  return ended;
}
