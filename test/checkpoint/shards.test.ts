import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openCheckpoint } from "../../server/checkpoint/checkpoint";
import { summarise } from "../../server/checkpoint/summary";
import { writeCheckpoint } from "../../server/checkpoint/write-checkpoint";
import { tiny } from "./support/configurations";
import { temporaryFolders } from "./support/folder";
import { trained } from "./support/lineages";
import { shardIndex, shardName, writeIndex, writeShard, writeSharded } from "./support/shards";
import { sequenceSource } from "./support/sources";

const newFolder = temporaryFolders();
const source = sequenceSource(tiny);
const sharded = (folder = newFolder()) => writeSharded(folder);

function weightMapOf(folder: string): Record<string, string> {
  const json = JSON.parse(readFileSync(join(folder, shardIndex), "utf8")) as {
    weight_map: Record<string, string>;
  };
  return json.weight_map;
}

async function expectWhole(folder: string): Promise<void> {
  const checkpoint = await openCheckpoint(folder);
  try {
    for (const name of source.shapes.keys()) {
      expect(await checkpoint.weights.read(name)).toEqual(await source.read(name));
    }
  } finally {
    await checkpoint.close();
  }
}

describe("a sharded checkpoint", () => {
  test("is read as a whole", async () => {
    const folder = await sharded();
    await expectWhole(folder);
    const { tensors } = await summarise(folder);
    const stated = weightMapOf(folder);
    expect(Object.fromEntries(tensors.map(({ name, file }) => [name, file]))).toEqual(stated);
  });

  test("is read from the cache of Hugging Face, whose files are links to blobs", async () => {
    const repository = newFolder();
    const blobs = join(repository, "blobs");
    const snapshot = join(repository, "snapshots", "0123abc");
    mkdirSync(blobs);
    mkdirSync(snapshot, { recursive: true });
    await sharded(snapshot);
    for (const shard of [1, 2, 3]) {
      renameSync(join(snapshot, shardName(shard)), join(blobs, `hash${shard}`));
      symlinkSync(join("..", "..", "blobs", `hash${shard}`), join(snapshot, shardName(shard)));
    }
    await expectWhole(snapshot);
  });

  test("is read from a cache that keeps once what its repositories have in common", async () => {
    const cache = newFolder();
    const snapshot = join(cache, "models--owner--name", "snapshots", "0123abc");
    const blobs = join(cache, "models--owner--name", "blobs");
    mkdirSync(snapshot, { recursive: true });
    mkdirSync(join(cache, "blobs", "ab"), { recursive: true });
    mkdirSync(blobs);
    await sharded(snapshot);
    for (const shard of [1, 2, 3]) {
      renameSync(join(snapshot, shardName(shard)), join(cache, "blobs", "ab", `hash${shard}`));
      symlinkSync(join("..", "..", "blobs", "ab", `hash${shard}`), join(blobs, `hash${shard}`));
      symlinkSync(join("..", "..", "blobs", `hash${shard}`), join(snapshot, shardName(shard)));
    }
    await expectWhole(snapshot);
  });

  test("gives way to the single file that is written in its place", async () => {
    const folder = join(newFolder(), "child");
    mkdirSync(folder);
    await sharded(folder);
    await writeCheckpoint(folder, {
      configuration: tiny,
      weights: sequenceSource(tiny, 1),
      lineage: trained(1),
    });
    expect((await summarise(folder)).tensors).toHaveLength(source.shapes.size);
    expect(() => readFileSync(join(folder, shardName(1)))).toThrow("ENOENT");
  });

  test.each<[string, (folder: string) => void | Promise<void>, RegExp]>([
    [
      "a missing shard",
      (folder) => {
        rmSync(join(folder, shardName(2)));
      },
      /index\.json: model-00002-of-00003\.safetensors is missing; fetch it again/,
    ],
    [
      "a shard without a tensor that the index puts there",
      (folder) => writeShard(join(folder, shardName(1)), ["shared.weight"]),
      /says that tensor ".+" is in model-00001-of-00003\.safetensors, and .* has none of that name/,
    ],
    [
      "a tensor in two shards",
      (folder) => {
        const map = weightMapOf(folder);
        const second = Object.keys(map).filter((name) => map[name] === shardName(2));
        return writeShard(join(folder, shardName(2)), [...second, "shared.weight"]);
      },
      /tensor "shared\.weight" is in model-00001.*, but .*model-00002-of-00003\.safetensors holds it/,
    ],
    [
      "a shard that is a link to elsewhere",
      (folder) => {
        const elsewhere = join(newFolder(), "other.safetensors");
        renameSync(join(folder, shardName(3)), elsewhere);
        symlinkSync(elsewhere, join(folder, shardName(3)));
      },
      /model-00003-of-00003\.safetensors is a link to .*other\.safetensors, outside/,
    ],
    [
      "an index without a map",
      (folder) => {
        writeFileSync(join(folder, shardIndex), "{}");
      },
      /it has no weight_map, an object from tensor to file/,
    ],
    [
      "an empty map",
      (folder) => {
        writeIndex(folder, {});
      },
      /weight_map is empty/,
    ],
  ])("with %s is refused", async (_, damage, message) => {
    const folder = await sharded();
    await damage(folder);
    await expect(openCheckpoint(folder)).rejects.toThrow(message);
    await expect(openCheckpoint(folder)).rejects.toThrow(SyntaxError);
  });

  test("whose index names 200 hostile files opens none of them", async () => {
    const folder = await sharded();
    const bases = ["../x", "/etc/passwd", "a/b", "a\\b", "C:\\x", "..", ".", "", "x\0y", "~/x"];
    const ends = [
      "",
      ".safetensors",
      "\u202e.safetensors",
      ":stream.safetensors",
      "/",
      " .safetensors",
    ];
    const hostile: unknown[] = bases.flatMap((base) => ends.map((end) => `${base}${end}`));
    for (let depth = 1; hostile.length < 196; depth++) {
      hostile.push(`${"../".repeat(depth)}model-00001-of-00003.safetensors`);
    }
    hostile.push(null, 7, ["model.safetensors"], "x".repeat(300) + ".safetensors");
    const map = weightMapOf(folder);
    for (const file of hostile) {
      writeIndex(folder, { ...map, "shared.weight": file });
      await expect(openCheckpoint(folder), JSON.stringify(file)).rejects.toThrow(
        /"shared\.weight" is said to be in .*, which is not the plain name of a \.safetensors file/s,
      );
    }
    expect(hostile).toHaveLength(200);
  });
});
