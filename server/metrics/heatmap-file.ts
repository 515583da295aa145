/**
 * `heatmaps.bin`: down-sampled kernels over the steps of a stage. Append-only and self-describing, all
 * little-endian:
 *
 *   file    "DFHM", uint32 version (1), records
 *   record  "HMAP", uint32 bytes of the header, uint32 bytes of the values, uint32 CRC-32 of both,
 *           header: JSON { step, kernel, rows, columns, shape, row_borders, column_borders }, padded with
 *           spaces to a multiple of 4; values: float32 [rows, columns]
 *
 * The index is read by hopping from header to header, without the values.
 */
import { type FileHandle, open, truncate } from "node:fs/promises";
import { crc32 } from "node:zlib";
import type { HeatMap } from "../protocol/metrics";
import { AppendFile } from "./append-file";
import { ignoreMissing } from "./missing-file";

export interface HeatMapFile {
  append(map: HeatMap): void;
  flush(): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** What a heat map shows, and where its values are. */
export type HeatMapEntry = Omit<HeatMap, "values"> & {
  /** Offset of the record in the file, and of the byte after it. */
  readonly start: number;
  readonly end: number;
};

const fileMagic = "DFHM";
const recordMagic = "HMAP";
const version = 1;
const fileHeaderBytes = 8;
const recordHeadBytes = 16;
/** Read at once: most headers end before. */
const usualHeadBytes = 512;
/** A header beyond this is no header of ours: kernel names are short. */
const longestHeader = 1 << 16;

/** Opens it for appending; repair it first where a run may have been killed. */
export async function openHeatMapFile(file: string): Promise<HeatMapFile> {
  const records = await AppendFile.open(file);
  if (records.isEmpty) records.append(fileHeader());
  return {
    append: (map) => {
      records.append(encode(map));
    },
    flush: () => records.flush(),
    sync: () => records.sync(),
    close: () => records.close(),
  };
}

/**
 * The whole records of a file, in order; none where there is no such file. A torn last record is skipped.
 * @throws {SyntaxError} it is not a heat-map file, or of a later version
 */
export async function readHeatMapIndex(file: string): Promise<readonly HeatMapEntry[]> {
  const handle = await ignoreMissing(open(file, "r"));
  if (handle === undefined) return [];
  try {
    const { entries } = await readHeatMapsOn(handle, { file, start: 0, most: Infinity });
    return entries;
  } finally {
    await handle.close();
  }
}

export interface HeatMapsOn {
  readonly entries: readonly HeatMapEntry[];
  /** Byte after the last of them. */
  readonly end: number;
  /** There are no more whole ones. */
  readonly atEnd: boolean;
}

/**
 * The whole records from `start` on, which is 0 or a record's end; `most` of them.
 * @throws {SyntaxError} it is not a heat-map file, or of a later version
 */
export async function readHeatMapsOn(
  handle: FileHandle,
  { file, start, most }: { readonly file: string; readonly start: number; readonly most: number },
): Promise<HeatMapsOn> {
  const entries: HeatMapEntry[] = [];
  if (!(await hasFileHeader(handle, file))) return { entries, end: start, atEnd: true };
  const { size } = await handle.stat();
  let end = Math.max(start, fileHeaderBytes);
  while (entries.length < most) {
    const entry = end < size ? await readEntry(handle, end) : undefined;
    if (entry === undefined || entry.end > size) break;
    entries.push(entry);
    end = entry.end;
  }
  return { entries, end, atEnd: entries.length < most };
}

/** The record that starts at a byte; undefined where none does (any more). */
export async function findHeatMap(file: string, at: number): Promise<HeatMapEntry | undefined> {
  const handle = await ignoreMissing(open(file, "r"));
  if (handle === undefined) return undefined;
  try {
    return at < fileHeaderBytes ? undefined : await readEntry(handle, at);
  } finally {
    await handle.close();
  }
}

/** @throws {SyntaxError} its bytes are not what was written (CRC) */
export async function readHeatMap(file: string, entry: HeatMapEntry): Promise<HeatMap> {
  const handle = await open(file, "r");
  try {
    const record = await readBytes(handle, entry.start, entry.end - entry.start);
    const body = record.subarray(recordHeadBytes);
    if (record.byteLength < entry.end - entry.start || crc32(body) !== record.readUInt32LE(12)) {
      throw new SyntaxError(
        `Cannot read ${file}: the heat map of ${entry.kernel} at step ${entry.step} is damaged`,
      );
    }
    return { ...described(entry), values: floats(body.subarray(record.readUInt32LE(4))) };
  } finally {
    await handle.close();
  }
}

/** Cuts a file back to its records up to `lastStep`; without a step (the stage starts anew) to nothing. */
export async function repairHeatMaps(file: string, lastStep: number | undefined): Promise<void> {
  const handle = await ignoreMissing(open(file, "r"));
  if (handle === undefined) return;
  await handle.close();
  const index = lastStep === undefined ? [] : await readHeatMapIndex(file);
  const kept = index.filter((entry) => lastStep !== undefined && entry.step <= lastStep);
  await truncate(file, kept.at(-1)?.end ?? 0);
}

function fileHeader(): Uint8Array {
  const header = Buffer.alloc(fileHeaderBytes);
  header.write(fileMagic, "latin1");
  header.writeUInt32LE(version, 4);
  return header;
}

/** False where the file is too short to have one: killed before its first flush. */
async function hasFileHeader(handle: FileHandle, file: string): Promise<boolean> {
  const header = await readBytes(handle, 0, fileHeaderBytes);
  if (header.byteLength < fileHeaderBytes) return false;
  if (header.toString("latin1", 0, 4) !== fileMagic) {
    throw new SyntaxError(`Cannot read ${file}: it is not a heat-map file`);
  }
  if (header.readUInt32LE(4) !== version) {
    throw new SyntaxError(
      `Cannot read ${file}: its version is ${header.readUInt32LE(4)}, this program reads ${version}`,
    );
  }
  return true;
}

function encode(map: HeatMap): Uint8Array {
  const description = JSON.stringify({
    step: map.step,
    kernel: map.kernel,
    rows: map.rows,
    columns: map.columns,
    shape: map.shape,
    row_borders: map.rowBorders,
    column_borders: map.columnBorders,
  });
  const padding = -Buffer.byteLength(description) & 3;
  const header = Buffer.from(description + " ".repeat(padding));
  const body = Buffer.concat([header, bytesOf(map.values)]);
  const head = Buffer.alloc(recordHeadBytes);
  head.write(recordMagic, "latin1");
  head.writeUInt32LE(header.byteLength, 4);
  head.writeUInt32LE(map.values.byteLength, 8);
  head.writeUInt32LE(crc32(body), 12);
  return Buffer.concat([head, body]);
}

/** Undefined where the bytes at `start` are not a whole head and header. */
async function readEntry(handle: FileHandle, start: number): Promise<HeatMapEntry | undefined> {
  const head = await readBytes(handle, start, usualHeadBytes);
  if (head.byteLength < recordHeadBytes || head.toString("latin1", 0, 4) !== recordMagic) {
    return undefined;
  }
  const headerBytes = head.readUInt32LE(4);
  if (headerBytes > longestHeader) return undefined;
  const until = recordHeadBytes + headerBytes;
  const header =
    head.byteLength < until
      ? await readBytes(handle, start + recordHeadBytes, headerBytes)
      : head.subarray(recordHeadBytes, until);
  const description = parseDescription(header.toString("utf8"));
  const end = start + recordHeadBytes + headerBytes + head.readUInt32LE(8);
  return description && { ...description, start, end };
}

function parseDescription(text: string): Omit<HeatMap, "values"> | undefined {
  try {
    const { row_borders, column_borders, ...rest } = JSON.parse(text) as Omit<
      HeatMap,
      "values" | "rowBorders" | "columnBorders"
    > & { readonly row_borders: readonly number[]; readonly column_borders: readonly number[] };
    return { ...rest, rowBorders: row_borders, columnBorders: column_borders };
  } catch {
    return undefined;
  }
}

/** Without its place. */
export function described(entry: HeatMapEntry): Omit<HeatMap, "values"> {
  const { step, kernel, rows, columns, shape, rowBorders, columnBorders } = entry;
  return { step, kernel, rows, columns, shape, rowBorders, columnBorders };
}

async function readBytes(handle: FileHandle, start: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await handle.read(buffer, 0, length, start);
  return buffer.subarray(0, bytesRead);
}

function bytesOf(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

function floats(bytes: Uint8Array): Float32Array {
  return new Float32Array(new Uint8Array(bytes).buffer);
}
