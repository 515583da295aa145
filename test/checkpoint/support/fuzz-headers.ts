/** Mutated safetensors headers: whatever the bytes, the parser must answer or refuse, and soon. */
import {
  headerLength,
  lengthBytes,
  parseHeader,
} from "../../../server/checkpoint/safetensors-header";
import { encodeHeader } from "../../../server/checkpoint/safetensors-writer";

export interface FuzzResult {
  readonly accepted: number;
  readonly refused: number;
  readonly slowestMs: number;
}

const seeds = [
  encodeHeader(new Map([["a", [2, 3]]])),
  encodeHeader(
    new Map([
      ["shared.weight", [19, 6]],
      ['quote " and \\ and é', []],
      ["empty", [0, 4]],
    ]),
  ),
].map((header) => Buffer.from(header).subarray(lengthBytes));

/** Pieces that a hostile writer would try. */
const pieces = [
  ...[
    "{",
    "}",
    "[",
    "]",
    '"',
    ":",
    ",",
    "\\",
    "\\u",
    "\\ud800",
    "null",
    "true",
    "-1",
    "1e9",
    "0.5",
  ],
  ...["9007199254740993", "18446744073709551616", "00", "__metadata__", '"dtype":"F64",', '"I8"'],
  ...["data_offsets", "[[[[[[[[", '{"a":{"a":{"a":', "\0", "\ufeff", " ".repeat(64)],
].map((text) => Buffer.from(text));

/** @throws {Error} the parser threw something else than a SyntaxError, or accepted a wrong layout */
export function fuzzHeaders(count: number, seed: number): FuzzResult {
  const random = generator(seed);
  let accepted = 0;
  let slowestMs = 0;
  for (let index = 0; index < count; index++) {
    let bytes: Buffer = seeds[random(seeds.length)]!;
    for (let edits = 1 + random(4); edits > 0; edits--) bytes = mutate(bytes, random);
    const startMs = performance.now();
    if (isAccepted(bytes, random(4) === 0 ? random(2000) : undefined)) accepted++;
    slowestMs = Math.max(slowestMs, performance.now() - startMs);
  }
  return { accepted, refused: count - accepted, slowestMs };
}

function isAccepted(json: Buffer, claimed: number | undefined): boolean {
  // Large enough for either seed's tensors, so that a harmless mutation is accepted.
  const dataBytes = json.includes("shared.weight") ? 19 * 6 * 4 + 4 : 24;
  const fileBytes = lengthBytes + json.length + dataBytes;
  const first = Buffer.alloc(lengthBytes);
  first.writeBigUInt64LE(BigInt(claimed ?? json.length));
  try {
    const length = headerLength(first, "fuzz", fileBytes);
    const { tensors } = parseHeader(json.subarray(0, length), "fuzz", fileBytes);
    let end = lengthBytes + Math.min(length, json.length);
    for (const { name, position, sizeBytes } of tensors.values()) {
      if (position !== end)
        throw new Error(`Accepted a hole or overlap at ${name}: ${String(json)}`);
      end += sizeBytes;
    }
    if (end !== fileBytes) throw new Error(`Accepted a wrong size: ${String(json)}`);
    return true;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

function mutate(bytes: Buffer, random: (below: number) => number): Buffer {
  const at = random(bytes.length + 1);
  const upTo = Math.min(bytes.length, at + random(12));
  const before = bytes.subarray(0, at);
  switch (random(5)) {
    case 0:
      return Buffer.concat([before, bytes.subarray(upTo)]);
    case 1:
      return Buffer.concat([before, bytes.subarray(at, upTo), bytes.subarray(at)]);
    case 2:
      return Buffer.concat([before, pieces[random(pieces.length)]!, bytes.subarray(at)]);
    case 3:
      return Buffer.concat([before, pieces[random(pieces.length)]!, bytes.subarray(upTo)]);
    default:
      return Buffer.concat([before, Buffer.from([random(256)]), bytes.subarray(at + 1)]);
  }
}

/** Mulberry32. */
function generator(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}
