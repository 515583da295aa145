/**
 * Writes a safetensors file tensor by tensor: memory does not grow with the model. The same tensors in the
 * same order give the same bytes.
 */
import type { FileHandle } from "node:fs/promises";
import type { CarriedTensor } from "./carried-tensors";
import { findDtype } from "./dtypes";
import { lengthBytes } from "./safetensors-header";
import { sizeOf, type TensorSource } from "./tensor-source";

export interface WriteOptions {
  /** Copied as they are stored. */
  readonly carried?: readonly CarriedTensor[] | undefined;
  readonly signal?: AbortSignal | undefined;
  /** After each piece. */
  readonly onProgress?: ((doneBytes: number, totalBytes: number) => void) | undefined;
}

/** What weights are written as, and how wide it is. */
export const writtenBytes = { F32: 4, F16: 2, BF16: 2 } as const;
export type WrittenDtype = keyof typeof writtenBytes;

/** As commands and recipes name them. */
export const writtenDtypes = { f32: "F32", f16: "F16", bf16: "BF16" } as const;

const alignment = 8;
const pieceBytes = 16 * 2 ** 20;

interface HeaderEntry {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly sizeBytes: number;
  readonly carried?: CarriedTensor;
}

/** In the order of the bytes, where each tensor begins at a multiple of its values' width. */
export function headerEntries(
  shapes: TensorSource["shapes"],
  dtype: WrittenDtype = "F32",
  carried: readonly CarriedTensor[] = [],
): readonly HeaderEntry[] {
  const widthOf = (one: CarriedTensor): number => findDtype(one.dtype)!.bytes;
  const widestFirst = carried.toSorted((one, other) => widthOf(other) - widthOf(one));
  const entryOf = (one: CarriedTensor): HeaderEntry => ({
    ...{ name: one.name, dtype: one.dtype, shape: one.shape, carried: one },
    sizeBytes: sizeOf(one.shape) * widthOf(one),
  });
  const width = writtenBytes[dtype];
  return [
    ...widestFirst.filter((one) => widthOf(one) > width).map(entryOf),
    ...[...shapes].map(([name, shape]) => ({
      ...{ name, dtype, shape },
      sizeBytes: sizeOf(shape) * width,
    })),
    ...widestFirst.filter((one) => widthOf(one) <= width).map(entryOf),
  ];
}

/**
 * The header with its length before it, padded so that the tensors start on a multiple of 8 bytes.
 * @throws {RangeError} a tensor has the name that the format keeps for metadata
 */
export function encodeHeader(
  shapes: TensorSource["shapes"],
  dtype: WrittenDtype = "F32",
  carried: readonly CarriedTensor[] = [],
): Uint8Array {
  let offset = 0;
  // Put together as text: a JavaScript object would move names that look like integers to the front.
  const entries = ['"__metadata__":{"format":"pt"}'];
  for (const { name, dtype: stored, shape, sizeBytes } of headerEntries(shapes, dtype, carried)) {
    if (name === "__metadata__") {
      throw new RangeError(
        'Cannot write tensor "__metadata__": the format keeps that name for itself',
      );
    }
    const end = offset + sizeBytes;
    entries.push(
      `${JSON.stringify(name)}:{"dtype":"${stored}","shape":${JSON.stringify(shape)},"data_offsets":[${offset},${end}]}`,
    );
    offset = end;
  }
  const json = new TextEncoder().encode(`{${entries.join(",")}}`);
  const length = Math.ceil(json.length / alignment) * alignment;
  const header = new Uint8Array(lengthBytes + length).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(length), true);
  header.set(json, lengthBytes);
  return header;
}

/** How many bytes writeSafetensors() will write. */
export function safetensorsBytes(
  shapes: TensorSource["shapes"],
  carried: readonly CarriedTensor[] = [],
): number {
  const header = encodeHeader(shapes, "F32", carried).length;
  return headerEntries(shapes, "F32", carried).reduce(
    (sum, entry) => sum + entry.sizeBytes,
    header,
  );
}

/**
 * Writes at the handle's position; the caller syncs and closes.
 * @throws {TypeError} the source gives another number of values than its shape says
 */
export async function writeSafetensors(
  handle: FileHandle,
  source: TensorSource,
  { carried = [], signal, onProgress }: WriteOptions = {},
): Promise<void> {
  const totalBytes = safetensorsBytes(source.shapes, carried);
  let doneBytes = 0;
  const write = async (bytes: Uint8Array): Promise<void> => {
    for (let from = 0; from < bytes.length;) {
      signal?.throwIfAborted();
      const { bytesWritten } = await handle.write(bytes.subarray(from, from + pieceBytes));
      from += bytesWritten;
      doneBytes += bytesWritten;
      onProgress?.(doneBytes, totalBytes);
    }
  };
  await write(encodeHeader(source.shapes, "F32", carried));
  for (const { name, shape, carried: stored } of headerEntries(source.shapes, "F32", carried)) {
    signal?.throwIfAborted();
    if (stored !== undefined) {
      await write(await stored.read());
      continue;
    }
    const values = await source.read(name);
    if (values.length !== sizeOf(shape)) {
      throw new TypeError(
        `Cannot write tensor "${name}": it has ${values.length} values, and its shape is [${shape.join(", ")}]`,
      );
    }
    await write(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }
}
