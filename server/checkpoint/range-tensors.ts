/** The tensors of files that are elsewhere, from their headers alone. */
import {
  headerLength,
  lengthBytes,
  parseHeader,
  type SafetensorsHeader,
  type TensorEntry,
} from "./safetensors-header";
import type { ShardIndex } from "./shard-index";
import { type StoredTensors, together } from "./stored-tensors";

/** A file of which parts can be had. */
export interface RangeFile {
  /** As an index calls it. */
  readonly name: string;
  /** For messages. */
  readonly path: string;
  readonly sizeBytes: number;
  /** The bytes from `from` up to `to`. */
  readonly read: (from: number, to: number) => Promise<Uint8Array>;
}

/**
 * @param index of several files, which are its shards
 * @throws {SyntaxError} a header that is damaged, or shards that are not what their index says
 */
export async function openRangeTensors(
  files: readonly RangeFile[],
  index?: Pick<ShardIndex, "path" | "weightMap">,
): Promise<StoredTensors> {
  const opened = [];
  for (const file of files) opened.push(await openFile(file));
  const tensors =
    index === undefined
      ? opened[0]!
      : together(
          { ...index, shards: new Map(files.map(({ name, path }) => [name, path])) },
          opened,
        );
  const entryOf = (name: string) => tensors.tensors.get(name)!;
  const fileOf = (name: string) => files.find((file) => file.name === entryOf(name).file)!;
  return {
    ...tensors,
    areEqual: (one, other) =>
      haveEqualSamples(
        { file: fileOf(one), entry: entryOf(one) },
        { file: fileOf(other), entry: entryOf(other) },
      ),
    close: () => Promise.resolve(),
  };
}

async function openFile(file: RangeFile): Promise<Omit<StoredTensors, "areEqual" | "close">> {
  const { tensors } = await readHeader(file);
  const refuse = (name: string): never => {
    throw new RangeError(`Cannot read tensor "${name}": ${file.path} has not been fetched`);
  };
  return {
    path: file.path,
    tensors: new Map([...tensors].map(([name, entry]) => [name, { ...entry, file: file.name }])),
    shapes: new Map([...tensors].map(([name, { shape }]) => [name, shape])),
    read: (name) => Promise.resolve().then(() => refuse(name)),
    dtype: (name) => tensors.get(name)?.dtype ?? refuse(name),
    place: refuse,
  };
}

/** More than most headers have, so that one request is enough. */
const firstBytes = 2 ** 16;

async function readHeader({ path, sizeBytes, read }: RangeFile): Promise<SafetensorsHeader> {
  const start = await read(0, Math.min(firstBytes, sizeBytes));
  const end = lengthBytes + headerLength(start.subarray(0, lengthBytes), path, sizeBytes);
  const rest = end > start.length ? await read(start.length, end) : new Uint8Array(0);
  const header = Buffer.concat([start, rest]).subarray(lengthBytes, end);
  return parseHeader(header, path, sizeBytes);
}

const sampleBytes = 4096;

interface Stored {
  readonly file: RangeFile;
  readonly entry: TensorEntry;
}

/** Weights that agree at their beginning, middle and end are copies: training would have moved all of them. */
async function haveEqualSamples(one: Stored, other: Stored): Promise<boolean> {
  const { sizeBytes, dtype } = one.entry;
  if (dtype !== other.entry.dtype || sizeBytes !== other.entry.sizeBytes) return false;
  const length = Math.min(sampleBytes, sizeBytes);
  for (const at of [0, Math.floor((sizeBytes - length) / 2), sizeBytes - length]) {
    const [first, second] = [await sample(one, at, length), await sample(other, at, length)];
    if (Buffer.compare(first, second) !== 0) return false;
  }
  return true;
}

function sample({ file, entry }: Stored, at: number, length: number): Promise<Uint8Array> {
  return file.read(entry.position + at, entry.position + at + length);
}
