/** Does a piece of a fusion's work, in memory of a few megabytes that is used again. */
import { createHash } from "node:crypto";
import { writeSync } from "node:fs";
import { encodeValues, findDtype } from "../../checkpoint/dtypes";
import { hashedHeading } from "../../checkpoint/hash";
import { pieces, readFloats, Scratch } from "../../checkpoint/read-values";
import { writtenBytes } from "../../checkpoint/safetensors-writer";
import { sizeOf, type TensorPlace } from "../../checkpoint/tensor-source";
import {
  addMoments,
  fillOffDiagonal,
  type Moments,
  placeRows,
  type ReadRows,
  type RowRange,
  stdOf,
} from "../operator";
import type { DeviationTask, HashTask, ResultOf, RowsTask, Task } from "./task";

/** 1 MiB of float32: what is read and what is made of it stay in a core's own cache. */
const pieceValues = 2 ** 18;
/** Part of the deviation's definition, whose sums are cut here. */
const summedValues = 2 ** 20;

export interface Executor {
  execute<T extends Task>(task: T): ResultOf<T>;
}

/** One for each thread. */
export function executor(): Executor {
  const memory = { source: new Scratch(), target: new Scratch() };
  return { execute: <T extends Task>(task: T) => execute(task, memory) as ResultOf<T> };
}

interface Memory {
  readonly source: Scratch;
  readonly target: Scratch;
}

function execute(task: Task, memory: Memory): string | number {
  switch (task.kind) {
    case "hash":
      return hash(task, memory);
    case "deviation":
      return deviation(task, memory);
    case "rows":
      return writeRows(task, memory);
    default:
      return task satisfies never;
  }
}

function hash({ tensors }: HashTask, { source }: Memory): string {
  const sum = createHash("sha256");
  for (const { name, shape, place } of tensors) {
    sum.update(hashedHeading(name, shape));
    for (const piece of pieces(sizeOf(shape), pieceValues)) {
      const values = readFloats(place, piece, source);
      sum.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    }
  }
  return sum.digest("hex");
}

function deviation({ tensors }: DeviationTask, { source }: Memory): number {
  const moments: Moments = { count: 0, sum: 0, squares: 0 };
  for (const { shape, place } of tensors) {
    for (const piece of pieces(sizeOf(shape), summedValues)) {
      addMoments(moments, readFloats(place, piece, source));
    }
  }
  return stdOf(moments);
}

function writeRows(task: RowsTask, memory: Memory): number {
  const { tensor, rows, target } = task;
  const width = tensor.columns * writtenBytes[target.dtype];
  const rowsPerPiece = Math.max(1, Math.floor(pieceValues / tensor.columns));
  for (const { first, count } of pieces(rows.to - rows.from, rowsPerPiece)) {
    const from = rows.from + first;
    const bytes = encodedRows(task, { from, to: from + count }, memory);
    writeAll(target.descriptor, bytes, target.position + from * width);
  }
  return (rows.to - rows.from) * width;
}

function encodedRows(
  { tensor, sources, std, seed, target: { dtype } }: RowsTask,
  rows: RowRange,
  memory: Memory,
): Uint8Array {
  const values = memory.target.floats((rows.to - rows.from) * tensor.columns).fill(0);
  const read: ReadRows = (block, first, count) => {
    const place = sources[tensor.blocks.indexOf(block)]!;
    const isVector = tensor.shape.length === 1;
    const columns = isVector
      ? placedValues(place)
      : block.columns.groups * block.columns.parentSize;
    return readFloats(place, { first: first * columns, count: count * columns }, memory.source);
  };
  placeRows(tensor, values, { rows, read, seed });
  fillOffDiagonal(tensor, values, { std, seed, rows });
  const encoded = dtype === "F32" ? values : encodeValues(values, dtype);
  if (dtype === "F16") refuseOverflow(tensor.name, values, encoded);
  return new Uint8Array(encoded.buffer, encoded.byteOffset, encoded.byteLength);
}

function placedValues({ sizeBytes, dtype }: TensorPlace): number {
  return sizeBytes / findDtype(dtype)!.bytes;
}

const halfInfinity = 0x7c00;

/** @throws {RangeError} a finite value has become infinite */
function refuseOverflow(name: string, values: Float32Array, encoded: ArrayLike<number>): void {
  for (let i = 0; i < values.length; i++) {
    if ((encoded[i]! & 0x7fff) !== halfInfinity || !Number.isFinite(values[i])) continue;
    throw new RangeError(
      `Cannot write ${name} as float16: it has the value ${values[i]!.toPrecision(6)}, and float16 ends at 65504; ` +
        "choose the dtype bf16 or f32",
    );
  }
}

function writeAll(descriptor: number, bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.length;) {
    done += writeSync(descriptor, bytes, done, bytes.length - done, position + done);
  }
}
