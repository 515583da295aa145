/** T5's spiece.model: SentencePiece's own pieces, and above them 100 sentinels, the first one last. */
import { readFile } from "node:fs/promises";
import type { SentencePieceProcessor } from "sentencepiece-js";
import { sentencePieces } from "./sentencepiece-model";
import type { Tokenizer } from "./tokenizer";
import type { TokenizerFolder } from "./tokenizer-folder";
import { decodeWith, sentinelName, type Vocabulary, vocabularySha256 } from "./vocabulary";

const usualSentinels = 100;

/** @throws {SyntaxError} the file is no SentencePiece model, or has no pad or end-of-sequence piece */
export async function sentencePieceTokenizer(
  path: string,
  { config, files }: TokenizerFolder,
): Promise<Tokenizer> {
  const pieces = sentencePieces(await readFile(path), path);
  const sentinels = sentinelCount(config);
  const vocabulary = withSentinels(pieces, sentinels);
  const [padId, eosId] = [pieceId(pieces, "<pad>", path), pieceId(pieces, "</s>", path)];
  const processor = await loadProcessor(path);
  const special = (id: number): string | undefined =>
    id >= pieces.length || id === padId || id === eosId ? vocabulary[id] : undefined;
  return {
    name: path,
    vocabSize: vocabulary.length,
    padId,
    eosId,
    sentinels,
    sentinel: (index) => vocabulary.length - 1 - index,
    encode: (text) => Int32Array.from(processor.encodeIds(text)),
    decode: (ids) => decodeWith(ids, special, (run) => processor.decodeIds(run)),
    files,
    sha256: vocabularySha256(vocabulary),
  };
}

/**
 * That of sentencePieceTokenizer(), without making one.
 * @throws {SyntaxError} the file is no SentencePiece model
 */
export function sentencePieceVocabulary(
  content: Buffer,
  path: string,
  { config }: TokenizerFolder,
): Vocabulary {
  return withSentinels(sentencePieces(content, path), sentinelCount(config));
}

function sentinelCount({ extra_ids }: TokenizerFolder["config"]): number {
  return Number.isInteger(extra_ids) ? Number(extra_ids) : usualSentinels;
}

function withSentinels(pieces: readonly string[], sentinels: number): Vocabulary {
  const names = Array.from({ length: sentinels }, (_, i) => sentinelName(sentinels - 1 - i));
  return [...pieces, ...names];
}

function pieceId(pieces: readonly string[], piece: string, path: string): number {
  const id = pieces.indexOf(piece);
  if (id >= 0) return id;
  throw new SyntaxError(
    `Cannot load tokenizer ${path}: it has no piece ${piece}; train it with pad and eos`,
  );
}

/** The package registers handlers that would throw whatever nobody caught; they are taken off again. */
async function loadProcessor(path: string): Promise<SentencePieceProcessor> {
  const events = ["uncaughtException", "unhandledRejection"] as const;
  const before = events.map((event) => new Set(process.listeners(event as "exit")));
  const { SentencePieceProcessor } = await import("sentencepiece-js");
  const processor = new SentencePieceProcessor();
  await processor.load(path);
  for (const [i, event] of events.entries()) {
    for (const listener of process.listeners(event as "exit")) {
      if (!before[i]!.has(listener)) process.off(event, listener);
    }
  }
  return processor;
}
