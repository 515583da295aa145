import { writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { configurationJson } from "../../../server/checkpoint/config-json";
import { writeSafetensors } from "../../../server/checkpoint/safetensors-writer";
import type { TensorSource } from "../../../server/checkpoint/tensor-source";
import { tiny } from "./configurations";
import { sequenceSource } from "./sources";

const source = sequenceSource(tiny);

export const shardIndex = "model.safetensors.index.json";

export function shardName(number: number): string {
  return `model-0000${number}-of-00003.safetensors`;
}

/** The tiny model in three shards, each with every third tensor, as save_pretrained lays them out. */
export async function writeSharded(folder: string): Promise<string> {
  writeFileSync(join(folder, "config.json"), JSON.stringify(configurationJson(tiny)));
  const names = [...source.shapes.keys()];
  const weightMap: Record<string, string> = {};
  for (const shard of [1, 2, 3]) {
    const own = names.filter((_, position) => position % 3 === shard - 1);
    for (const name of own) weightMap[name] = shardName(shard);
    await writeShard(join(folder, shardName(shard)), own);
  }
  writeIndex(folder, weightMap);
  return folder;
}

export async function writeShard(path: string, names: readonly string[]): Promise<void> {
  const part: TensorSource = {
    shapes: new Map(names.map((name) => [name, source.shapes.get(name)!])),
    read: (name) => source.read(name),
  };
  const handle = await open(path, "w");
  try {
    await writeSafetensors(handle, part);
  } finally {
    await handle.close();
  }
}

export function writeIndex(folder: string, weightMap: unknown): void {
  writeFileSync(join(folder, shardIndex), JSON.stringify({ metadata: {}, weight_map: weightMap }));
}
