/** The tensors of a checkpoint's folder, whether one file holds them or shards that an index names. */
import { basename, join } from "node:path";
import { files } from "./layout";
import { openSafetensors } from "./safetensors";
import type { TensorEntry } from "./safetensors-header";
import { printable } from "./json";
import { readShardIndex, type ShardIndex } from "./shard-index";
import type { StoredSource, TensorSource } from "./tensor-source";

export interface StoredTensor extends TensorEntry {
  /** The name of the file that holds it. */
  readonly file: string;
}

export interface StoredTensors extends StoredSource {
  /** Of the file, or of the index; for messages. */
  readonly path: string;
  /** By name, in the order of the bytes, shard by shard. */
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** Whether two have the same values, as far as can be told without reading what is not here. */
  areEqual(one: string, other: string): Promise<boolean>;
  close(): Promise<void>;
}

/**
 * Reads and checks the headers; values are read when asked for. The caller closes it.
 * @param names of the folder's entries; a single file comes before shards, as it does for transformers
 * @throws {SyntaxError} damaged, incomplete, or an index that does not fit its shards
 */
export async function openStoredTensors(
  directory: string,
  names: ReadonlySet<string>,
): Promise<StoredTensors> {
  if (!names.has(files.weights) && names.has(files.shardIndex)) return openShards(directory);
  return openFile(join(directory, files.weights));
}

async function openFile(path: string): Promise<StoredTensors> {
  const { header, ...opened } = await openSafetensors(path);
  const file = basename(path);
  const tensors = new Map([...header.tensors].map(([name, entry]) => [name, { ...entry, file }]));
  return { ...opened, tensors, areEqual: (one, other) => haveEqualValues(opened, one, other) };
}

async function haveEqualValues(file: TensorSource, one: string, other: string): Promise<boolean> {
  const [first, second] = [await file.read(one), await file.read(other)];
  return first.every((value, index) => Object.is(value, second[index]));
}

async function openShards(directory: string): Promise<StoredTensors> {
  const index = await readShardIndex(directory);
  const shards: StoredTensors[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(shards.map((shard) => shard.close()));
  };
  try {
    for (const path of index.shards.values()) shards.push(await openFile(path));
    const tensors = together(index, shards);
    const areEqual = (one: string, other: string) => haveEqualValues(tensors, one, other);
    return { ...tensors, areEqual, close };
  } catch (error) {
    await close();
    throw error;
  }
}

type TensorFile = Omit<StoredTensors, "areEqual" | "close">;

/** The shards as one. @throws {SyntaxError} they do not hold what the index says */
export function together(index: ShardIndex, shards: readonly TensorFile[]): TensorFile {
  const tensors = new Map<string, StoredTensor>();
  const owners = new Map<string, TensorFile>();
  for (const shard of shards) {
    for (const [name, entry] of shard.tensors) {
      checkPlace(index, shard, name);
      tensors.set(name, entry);
      owners.set(name, shard);
    }
  }
  const missing = [...index.weightMap.keys()].find((name) => !tensors.has(name));
  if (missing !== undefined) {
    throw misfit(index, missing, `and ${index.weightMap.get(missing)!} has none of that name`);
  }
  const ownerOf = (name: string): TensorFile => {
    const owner = owners.get(name);
    if (owner !== undefined) return owner;
    throw new RangeError(`Cannot read tensor "${name}": ${index.path} has none of that name`);
  };
  return {
    path: index.path,
    tensors,
    shapes: new Map([...tensors].map(([name, { shape }]) => [name, shape])),
    read: async (name) => ownerOf(name).read(name),
    dtype: (name) => ownerOf(name).dtype(name),
    place: (name) => ownerOf(name).place(name),
  };
}

/** A tensor lies in the shard that the index names, and so in one only. */
function checkPlace(index: ShardIndex, shard: TensorFile, name: string): void {
  const stated = index.weightMap.get(name);
  if (stated !== undefined && index.shards.get(stated) === shard.path) return;
  throw misfit(index, name, `but ${shard.path} holds it`);
}

function misfit({ path, weightMap }: ShardIndex, name: string, found: string): SyntaxError {
  const stated = weightMap.get(name) ?? "nowhere";
  return new SyntaxError(
    `Cannot read ${path}: it says that tensor "${printable(name)}" is in ${stated}, ${found}; ` +
      "index and shards belong to different checkpoints, so fetch or write them again",
  );
}
