/**
 * ByT5's vocabulary: pad 0, eos 1, unk 2, the 256 byte values from 3, then 125 sentinels.
 *
 * Source: Xue et al., "ByT5", 2022; ids as transformers' ByT5Tokenizer numbers them (<extra_id_0> is 259).
 */
import { createHash } from "node:crypto";
import type { Tokenizer } from "./tokenizer";

const offset = 3;
const firstSentinel = offset + 256;
const sentinels = 125;

/** The vocabulary is in the code, so the description below is all there is to hash. */
const description = "bytes: pad 0, eos 1, unk 2, byte b is b + 3, <extra_id_i> is i + 259, 384 ids";

export function byteTokenizer(files: readonly string[]): Tokenizer {
  const encoder = new TextEncoder();
  return {
    name: "bytes",
    vocabSize: firstSentinel + sentinels,
    padId: 0,
    eosId: 1,
    sentinels,
    sentinel: (index) => firstSentinel + index,
    encode: (text) => shifted(encoder.encode(text)),
    decode,
    files,
    sha256: createHash("sha256").update(description).digest("hex"),
  };
}

function shifted(bytes: Uint8Array): Int32Array {
  const ids = new Int32Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) ids[i] = bytes[i]! + offset;
  return ids;
}

/** Special ids are shown as their names; bytes that are no UTF-8 as U+FFFD. */
function decode(ids: ArrayLike<number>): string {
  const pieces: (number[] | string)[] = [];
  for (const id of Array.from(ids)) {
    const last = pieces.at(-1);
    if (id < offset || id >= firstSentinel) pieces.push(specialName(id));
    else if (Array.isArray(last)) last.push(id - offset);
    else pieces.push([id - offset]);
  }
  return pieces
    .map((piece) => (typeof piece === "string" ? piece : Buffer.from(piece).toString("utf8")))
    .join("");
}

function specialName(id: number): string {
  const name = ["<pad>", "</s>", "<unk>"][id];
  return name ?? `<extra_id_${id - firstSentinel}>`;
}
