/**
 * The bytes of `log.columns` (see log-columns.ts). Append-only, all little-endian:
 *
 *   file      "DFLC", uint32 version (1), blocks
 *   block     head, overview, body
 *   head      "COLS"; uint32 bytes of the overview's others, of its steps, of the body's others, of its steps;
 *             uint32 steps of the body, of the overview; uint32 tail (see file-tail.ts); float64 first byte in the log,
 *             float64 byte after the last; uint32 CRC-32 of head and overview, uint32 CRC-32 of the body; uint64 0
 *   overview  the block thinned, so that a long log can be shown before it is read: validations, then steps
 *   body      the records that are no steps, then the steps
 *
 * Others are a JSON array, padded with spaces to a multiple of 8; steps are as step-columns.ts has them. A step of the
 * overview stands for the steps since the one before: its `seconds` are the sum of theirs, all else is its own.
 */
import type { FileHandle } from "node:fs/promises";
import { crc32 } from "node:zlib";
import type { StepRecord } from "../protocol/metrics";
import { bytesAt } from "./file-tail";
import { encodeRecords, type LogBatch, type OtherRecord } from "./log-batch";

const fileMagic = "DFLC";
const blockMagic = "COLS";
const version = 1;
export const columnsFileHeadBytes = 8;
const headBytes = 64;
/** Of the head, what its checksum covers. */
const checkedBytes = 48;
/** Steps that one of the overview stands for. */
const stretch = 128;

/** The part of the log that a block stands for. */
export interface LogSpan {
  readonly start: number;
  readonly end: number;
  /** CRC-32 of the last bytes before `end`. */
  readonly tail: number;
}

/** What a block holds. */
export interface BlockRecords {
  readonly steps: readonly StepRecord[];
  readonly others: readonly OtherRecord[];
}

/** Where a block is, as its head says. */
export interface BlockPlace extends LogSpan {
  /** Its first byte in the columns' file, and the one after it. */
  readonly at: number;
  readonly until: number;
  readonly steps: number;
  readonly overviewSteps: number;
  /** Bytes of its parts. */
  readonly sizes: readonly [
    overviewOthers: number,
    overviewSteps: number,
    others: number,
    steps: number,
  ];
}

export function columnsFileHead(): Uint8Array {
  const head = Buffer.alloc(columnsFileHeadBytes);
  head.write(fileMagic, "latin1");
  head.writeUInt32LE(version, 4);
  return head;
}

export function encodeBlock({ start, end, tail }: LogSpan, records: BlockRecords): Uint8Array {
  const overview = encodeRecords(thinned(records.steps));
  const body = encodeRecords(records.steps);
  const parts = [
    jsonBytes(records.others.filter((record) => "heldout_loss" in record)),
    overview.bytes,
    jsonBytes(records.others),
    body.bytes,
  ];
  const head = Buffer.alloc(headBytes);
  head.write(blockMagic, "latin1");
  parts.forEach(({ byteLength }, index) => head.writeUInt32LE(byteLength, 4 + 4 * index));
  head.writeUInt32LE(body.length, 20);
  head.writeUInt32LE(overview.length, 24);
  head.writeUInt32LE(tail, 28);
  head.writeDoubleLE(start, 32);
  head.writeDoubleLE(end, 40);
  head.writeUInt32LE(checksum(head.subarray(0, checkedBytes), parts[0]!, parts[1]!), 48);
  head.writeUInt32LE(checksum(parts[2]!, parts[3]!), 52);
  return Buffer.concat([head, ...parts]);
}

/** Undefined where there is no block's head. */
export async function readPlace(handle: FileHandle, at: number): Promise<BlockPlace | undefined> {
  return placeOf(await bytesAt(handle, at, headBytes), at);
}

/** Bytes of a block's head and overview. */
export function overviewUntil({ sizes }: BlockPlace): number {
  return headBytes + sizes[0] + sizes[1];
}

/** @returns undefined where the bytes are not what was written there */
export function overviewIn(block: Buffer, place: BlockPlace): LogBatch | undefined {
  const until = overviewUntil(place);
  const now = placeOf(block, place.at);
  if (block.length < until || now?.until !== place.until || now.end !== place.end) return undefined;
  const [others, steps] = partsOf(block.subarray(headBytes), place.sizes);
  const found = checksum(block.subarray(0, checkedBytes), others, steps);
  if (found !== block.readUInt32LE(48)) return undefined;
  return {
    others: jsonIn(others),
    steps: [{ length: now.overviewSteps, bytes: steps }],
  };
}

/** @returns undefined where the bytes are not what was written there */
export function blockRecords(block: Buffer, place: BlockPlace): LogBatch | undefined {
  if (block.length < place.until - place.at || overviewIn(block, place) === undefined) {
    return undefined;
  }
  const [, , others, steps] = partsOf(block.subarray(headBytes), place.sizes);
  if (checksum(others, steps) !== block.readUInt32LE(52)) return undefined;
  return { others: jsonIn(others), steps: [{ length: place.steps, bytes: steps }] };
}

function placeOf(head: Buffer, at: number): BlockPlace | undefined {
  if (head.length < headBytes || head.toString("latin1", 0, 4) !== blockMagic) return undefined;
  const [start, end] = [head.readDoubleLE(32), head.readDoubleLE(40)];
  if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end) || end <= start) return undefined;
  const size = (index: number): number => head.readUInt32LE(4 + 4 * index);
  const sizes = [size(0), size(1), size(2), size(3)] as const;
  return {
    at,
    until: at + headBytes + sizes[0] + sizes[1] + sizes[2] + sizes[3],
    start,
    end,
    tail: head.readUInt32LE(28),
    steps: head.readUInt32LE(20),
    overviewSteps: head.readUInt32LE(24),
    sizes,
  };
}

function partsOf(
  bytes: Buffer,
  sizes: BlockPlace["sizes"],
): readonly [Buffer, Buffer, Buffer, Buffer] {
  let at = 0;
  const next = (size: number): Buffer => bytes.subarray(at, (at += size));
  return [next(sizes[0]), next(sizes[1]), next(sizes[2]), next(sizes[3])];
}

/** The last step of each stretch, and of all, with the seconds of the whole stretch. */
function thinned(steps: readonly StepRecord[]): StepRecord[] {
  const kept: StepRecord[] = [];
  let seconds = 0;
  steps.forEach((record, index) => {
    seconds += record.seconds;
    if ((index + 1) % stretch !== 0 && index + 1 < steps.length) return;
    kept.push({ ...record, seconds });
    seconds = 0;
  });
  return kept;
}

function checksum(...parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, part) => crc32(part, sum), 0);
}

function jsonBytes(records: readonly OtherRecord[]): Uint8Array {
  const json = Buffer.from(JSON.stringify(records));
  return Buffer.concat([json, Buffer.alloc(-json.length & 7, " ")]);
}

function jsonIn(bytes: Buffer): OtherRecord[] {
  return JSON.parse(bytes.toString("utf8")) as OtherRecord[];
}
