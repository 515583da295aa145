/** A .safetensors file for its page: what its header says, and which other files belong to it. */
import { stat } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { openSafetensors } from "../../checkpoint/safetensors";
import { readShardIndex } from "../../checkpoint/shard-index";
import type { TensorFile } from "../../protocol/tensors";

/** Reads no value. @throws {SyntaxError} damaged, incomplete or not a safetensors file */
export async function describeTensorFile(path: string): Promise<TensorFile> {
  const file = await openSafetensors(path);
  await file.close();
  return {
    name: basename(path),
    sizeBytes: (await stat(path)).size,
    metadata: Object.fromEntries(file.header.metadata),
    tensors: [...file.header.tensors.values()].map(({ name, dtype, shape, sizeBytes }) => ({
      ...{ name, dtype, shape, sizeBytes },
    })),
    shards: await shardsWith(path),
  };
}

/** An index that is damaged says so where the checkpoint is opened; one of its files can be looked at all the same. */
async function shardsWith(path: string): Promise<readonly string[]> {
  const index = await readShardIndex(dirname(path)).catch(() => undefined);
  const names = [...(index?.shards.keys() ?? [])];
  return names.includes(basename(path)) ? names : [];
}
