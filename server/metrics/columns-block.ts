/**
 * The bytes of `log.columns` (see log-columns.ts). Append-only, all little-endian:
 *
 *   file      "DFLC", uint32 version (2), blocks
 *   block     head, overview, body
 *   head      "COLS"; uint32 bytes of the overview's JSON, of its steps, of the body's JSON, of its steps, of its kernel
 *             statistics; uint32 steps of the overview, of the body, kernel statistics of the body; uint32 tail (see
 *             file-tail.ts); float64 first byte in the log, float64 byte after the last; uint32 CRC-32 of head and
 *             overview, uint32 CRC-32 of the body
 *   overview  the block thinned, so that a long log can be shown before it is read: validations, then steps
 *   body      validations, events and the kernels' names; then the steps; then the kernel statistics
 *
 * JSON is padded with spaces to a multiple of 8; columns are as columns.ts has them. A step of the overview stands for
 * the steps since the one before: its `seconds` are the sum of theirs, all else is its own.
 */
import type { FileHandle } from "node:fs/promises";
import { crc32 } from "node:zlib";
import { encodeKernels } from "../protocol/kernel-columns";
import type { OtherRecord, StepRecord } from "../protocol/metrics";
import { bytesAt } from "./file-tail";
import { encodeRecords, type LogBatch, type RecordSorter } from "./log-batch";

const fileMagic = "DFLC";
const blockMagic = "COLS";
const version = 2;
export const columnsFileHeadBytes = 8;
const headBytes = 64;
/** Of the head, what its checksum covers. */
const checkedBytes = 56;
/** Steps that one of the overview stands for. */
const stretch = 128;

/** The part of the log that a block stands for. */
export interface LogSpan {
  readonly start: number;
  readonly end: number;
  /** CRC-32 of the last bytes before `end`. */
  readonly tail: number;
}

/** The body's JSON. */
interface BodyRecords {
  readonly others: readonly OtherRecord[];
  readonly kernels: readonly string[];
}

/** Where a block is, as its head says. */
export interface BlockPlace extends LogSpan {
  /** Its first byte in the columns' file, and the one after it. */
  readonly at: number;
  readonly until: number;
  readonly sizes: Sizes;
  readonly counts: Counts;
}

/** Bytes of the parts, in their order. */
type Sizes = readonly [
  overviewJson: number,
  overviewSteps: number,
  json: number,
  steps: number,
  kernels: number,
];

interface Counts {
  readonly overviewSteps: number;
  readonly steps: number;
  readonly kernels: number;
}

export function columnsFileHead(): Uint8Array {
  const head = Buffer.alloc(columnsFileHeadBytes);
  head.write(fileMagic, "latin1");
  head.writeUInt32LE(version, 4);
  return head;
}

export function encodeBlock(
  { start, end, tail }: LogSpan,
  { steps, kernels, others }: Pick<RecordSorter, "steps" | "kernels" | "others">,
): Uint8Array {
  const overview = encodeRecords(thinned(steps));
  const body = encodeRecords(steps);
  const statistics = encodeKernels(kernels);
  const parts = [
    jsonBytes(others.filter((record) => "heldout_loss" in record)),
    overview.bytes,
    jsonBytes({ others, kernels: statistics.names } satisfies BodyRecords),
    body.bytes,
    statistics.bytes,
  ] as const;
  const head = Buffer.alloc(headBytes);
  head.write(blockMagic, "latin1");
  const numbers = [
    ...parts.map(({ byteLength }) => byteLength),
    overview.length,
    body.length,
    statistics.length,
    tail,
  ];
  numbers.forEach((number, index) => head.writeUInt32LE(number, 4 + 4 * index));
  head.writeDoubleLE(start, 40);
  head.writeDoubleLE(end, 48);
  head.writeUInt32LE(checksum(head.subarray(0, checkedBytes), parts[0], parts[1]), 56);
  head.writeUInt32LE(checksum(parts[2], parts[3], parts[4]), 60);
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
  const [json, steps] = partsOf(block.subarray(headBytes), place.sizes);
  const found = checksum(block.subarray(0, checkedBytes), json, steps);
  if (found !== block.readUInt32LE(56)) return undefined;
  return {
    others: jsonIn(json) as OtherRecord[],
    steps: [{ length: now.counts.overviewSteps, bytes: steps }],
    kernels: [],
  };
}

/** @returns undefined where the bytes are not what was written there */
export function blockRecords(block: Buffer, place: BlockPlace): LogBatch | undefined {
  if (block.length < place.until - place.at || overviewIn(block, place) === undefined) {
    return undefined;
  }
  const [, , json, steps, kernels] = partsOf(block.subarray(headBytes), place.sizes);
  if (checksum(json, steps, kernels) !== block.readUInt32LE(60)) return undefined;
  const { others, kernels: names } = jsonIn(json) as BodyRecords;
  const { counts } = place;
  return {
    others,
    steps: counts.steps === 0 ? [] : [{ length: counts.steps, bytes: steps }],
    kernels: counts.kernels === 0 ? [] : [{ length: counts.kernels, bytes: kernels, names }],
  };
}

function placeOf(head: Buffer, at: number): BlockPlace | undefined {
  if (head.length < headBytes || head.toString("latin1", 0, 4) !== blockMagic) return undefined;
  const [start, end] = [head.readDoubleLE(40), head.readDoubleLE(48)];
  if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end) || end <= start) return undefined;
  const number = (index: number): number => head.readUInt32LE(4 + 4 * index);
  const sizes = [number(0), number(1), number(2), number(3), number(4)] as const;
  return {
    at,
    until: at + headBytes + sizes.reduce((sum, size) => sum + size, 0),
    start,
    end,
    tail: number(8),
    sizes,
    counts: { overviewSteps: number(5), steps: number(6), kernels: number(7) },
  };
}

function partsOf(bytes: Buffer, sizes: Sizes): readonly [Buffer, Buffer, Buffer, Buffer, Buffer] {
  let at = 0;
  const next = (size: number): Buffer => bytes.subarray(at, (at += size));
  return [next(sizes[0]), next(sizes[1]), next(sizes[2]), next(sizes[3]), next(sizes[4])];
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

function jsonBytes(value: readonly OtherRecord[] | BodyRecords): Uint8Array {
  const json = Buffer.from(JSON.stringify(value));
  return Buffer.concat([json, Buffer.alloc(-json.length & 7, " ")]);
}

function jsonIn(bytes: Buffer): unknown {
  return JSON.parse(bytes.toString("utf8"));
}
