/**
 * ByT5's vocabulary: pad 0, eos 1, unk 2, the 256 byte values from 3, then 125 sentinels.
 *
 * Source: Xue et al., "ByT5", 2022; ids as transformers' ByT5Tokenizer numbers them (<extra_id_0> is 259).
 */
import type { Tokenizer } from "./tokenizer";
import { decodeWith, sentinelName, vocabularySha256 } from "./vocabulary";

const offset = 3;
const firstSentinel = offset + 256;
const sentinels = 125;

const specialTokens = ["<pad>", "</s>", "<unk>"];
const sentinelTokens = Array.from({ length: sentinels }, (_, i) => sentinelName(i));

export function byteTokenizer(): Tokenizer {
  const encoder = new TextEncoder();
  const bytes = Array.from({ length: 256 }, (_, byte) => `byte ${byte}`);
  return {
    name: "bytes",
    vocabSize: firstSentinel + sentinels,
    padId: 0,
    eosId: 1,
    sentinels,
    sentinel: (index) => firstSentinel + index,
    encode: (text) => shifted(encoder.encode(text)),
    decode: (ids) => decodeWith(ids, specialName, textOf),
    files: "bytes",
    sha256: vocabularySha256([...specialTokens, ...bytes, ...sentinelTokens]),
  };
}

function shifted(bytes: Uint8Array): Int32Array {
  const ids = new Int32Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) ids[i] = bytes[i]! + offset;
  return ids;
}

/** Bytes that are no UTF-8 become U+FFFD. */
function textOf(ids: readonly number[]): string {
  return Buffer.from(ids.map((id) => id - offset)).toString("utf8");
}

function specialName(id: number): string | undefined {
  return specialTokens[id] ?? sentinelTokens[id - firstSentinel];
}
