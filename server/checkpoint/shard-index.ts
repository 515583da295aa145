/**
 * The index of a sharded checkpoint: which file holds which tensor.
 *
 * It comes from elsewhere and names files, so a name is a plain one, and what it leads to lies in the checkpoint's
 * own folder.
 */
import { join } from "node:path";
import { allowedFolders, foreignReason } from "./contained-files";
import { isObject, type JsonObject, printable, readJson, shown } from "./json";
import { files } from "./layout";

export interface ShardIndex {
  readonly path: string;
  /** Tensor → name of its shard. */
  readonly weightMap: ReadonlyMap<string, string>;
  /** Name of a shard → its path, sorted by name. */
  readonly shards: ReadonlyMap<string, string>;
}

const mostTensors = 100_000;

/** @throws {SyntaxError} not an index, or one whose shards are missing or lie elsewhere */
export async function readShardIndex(directory: string): Promise<ShardIndex> {
  const path = join(directory, files.shardIndex);
  const weightMap = await readWeightMap(path);
  const folders = await allowedFolders(directory);
  const shards = new Map<string, string>();
  for (const name of [...new Set(weightMap.values())].sort()) {
    const shard = join(directory, name);
    const reason = await foreignReason(shard, folders);
    if (reason !== undefined) throw refusal(path, reason);
    shards.set(name, shard);
  }
  return { path, weightMap, shards };
}

/** Of an index whose shards may be elsewhere. @throws {SyntaxError} it is none */
export async function readWeightMap(path: string): Promise<ShardIndex["weightMap"]> {
  const json = await readJson(path);
  if (isObject(json) && isObject(json.weight_map)) return parseWeightMap(json.weight_map, path);
  throw refusal(
    path,
    "it has no weight_map, an object from tensor to file; fetch or write it again",
  );
}

function parseWeightMap(map: JsonObject, path: string): ReadonlyMap<string, string> {
  const entries = Object.entries(map);
  if (entries.length === 0) throw refusal(path, "its weight_map is empty; fetch or write it again");
  if (entries.length > mostTensors) {
    throw refusal(
      path,
      `its weight_map names ${entries.length} tensors, and at most ${mostTensors} are read`,
    );
  }
  return new Map(
    entries.map(([tensor, file]) => {
      if (typeof file === "string" && isPlainName(file)) return [tensor, file];
      throw refusal(
        path,
        `tensor "${printable(tensor)}" is said to be in ${shown(file)}, which is not the plain name of a ` +
          ".safetensors file; shards lie beside the index: name one of them",
      );
    }),
  );
}

/** Nothing that leads elsewhere on any system, or that a device answers to. */
function isPlainName(name: string): boolean {
  return /^[\w-][\w.-]*\.safetensors$/.test(name) && name.length <= 255;
}

function refusal(path: string, reason: string): SyntaxError {
  return new SyntaxError(`Cannot read ${path}: ${reason}`);
}
