import {
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openCheckpoint, type Checkpoint } from "../../server/checkpoint/checkpoint";
import { configurationJson } from "../../server/checkpoint/config-json";
import type { T5Configuration } from "../../server/checkpoint/configuration";
import { weightsSha256 } from "../../server/checkpoint/hash";
import { writeSafetensors } from "../../server/checkpoint/safetensors-writer";
import type { TensorSource } from "../../server/checkpoint/tensor-source";
import { writeCheckpoint, type CheckpointContents } from "../../server/checkpoint/write-checkpoint";
import { tiny } from "./support/configurations";
import { temporaryFolders } from "./support/folder";
import { trained } from "./support/lineages";
import { memorySource, sequenceSource } from "./support/sources";

const newFolder = temporaryFolders();

function contents(changes: Partial<CheckpointContents> = {}): CheckpointContents {
  const configuration = changes.configuration ?? tiny;
  return { configuration, weights: sequenceSource(configuration), lineage: trained(3), ...changes };
}

async function using<T>(
  directory: string,
  use: (checkpoint: Checkpoint) => T,
): Promise<Awaited<T>> {
  const checkpoint = await openCheckpoint(directory);
  try {
    return await use(checkpoint);
  } finally {
    await checkpoint.close();
  }
}

/** A folder as another program wrote it: these tensors under this config.json. */
async function foreign(weights: TensorSource, config: object): Promise<string> {
  const folder = newFolder();
  writeFileSync(join(folder, "config.json"), JSON.stringify(config));
  const handle = await open(join(folder, "model.safetensors"), "w");
  try {
    await writeSafetensors(handle, weights);
  } finally {
    await handle.close();
  }
  return folder;
}

function without(source: TensorSource, ...names: readonly string[]): TensorSource {
  const shapes = [...source.shapes].filter(([name]) => !names.includes(name));
  return { shapes: new Map(shapes), read: (name) => source.read(name) };
}

/** Further tensors, each a copy of one that is there, or values of its own. */
function withTensors(
  source: TensorSource,
  added: Readonly<Record<string, string | readonly number[]>>,
): TensorSource {
  const shapes = new Map(source.shapes);
  for (const [name, from] of Object.entries(added)) {
    shapes.set(name, typeof from === "string" ? source.shapes.get(from)! : [from.length]);
  }
  return {
    shapes,
    read: (name) => {
      const from = added[name] ?? name;
      return typeof from === "string"
        ? source.read(from)
        : Promise.resolve(Float32Array.from(from));
    },
  };
}

describe("writeCheckpoint()", () => {
  test("and openCheckpoint() give back everything", async () => {
    const folder = newFolder();
    const tokenizer = join(folder, "tokenizer.json");
    writeFileSync(tokenizer, "{}");
    const optimizer = memorySource({
      "shared.weight/second_moment": { shape: [2], values: [1, 2] },
    });
    const written = contents({
      optimizer,
      trainerState: { step: 7, cursor: { file: 1 } },
      tokenizerFiles: [tokenizer],
    });
    const directory = join(folder, "runs", "step-00000007");
    await writeCheckpoint(directory, written);

    await using(directory, async (checkpoint) => {
      expect(checkpoint.configuration).toEqual(tiny);
      expect(checkpoint.lineage).toEqual(written.lineage);
      expect(checkpoint.trainerState).toEqual({ step: 7, cursor: { file: 1 } });
      expect([...checkpoint.weights.shapes]).toEqual([...written.weights.shapes]);
      for (const name of written.weights.shapes.keys()) {
        expect(await checkpoint.weights.read(name)).toEqual(await written.weights.read(name));
      }
      expect([...(checkpoint.optimizer?.shapes ?? [])]).toEqual([...optimizer.shapes]);
      expect(checkpoint.tokenizerFiles).toEqual([join(directory, "tokenizer.json")]);
    });
    expect(readdirSync(join(folder, "runs"))).toEqual(["step-00000007"]);
  });

  test.runIf(process.platform !== "win32")("is for whom other new folders are for", async () => {
    const folder = newFolder();
    mkdirSync(join(folder, "other"));
    await writeCheckpoint(join(folder, "m"), contents());
    expect(statSync(join(folder, "m")).mode).toBe(statSync(join(folder, "other")).mode);
  });

  test("writes the same bytes again", async () => {
    const folder = newFolder();
    await writeCheckpoint(join(folder, "a"), contents());
    await writeCheckpoint(join(folder, "b"), contents());
    const names = readdirSync(join(folder, "a"));
    expect(names.sort()).toEqual([
      "README.md",
      "config.json",
      "deep_fusion.json",
      "generation_config.json",
      "model.safetensors",
    ]);
    for (const name of names) {
      expect(readFileSync(join(folder, "a", name))).toEqual(readFileSync(join(folder, "b", name)));
    }
  });

  test("names ByT5's tokenizer, which has no files, and the ids that generation needs", async () => {
    const directory = join(newFolder(), "m");
    await writeCheckpoint(directory, contents({ tokenizerFiles: "bytes" }));
    const json = (name: string): unknown => JSON.parse(readFileSync(join(directory, name), "utf8"));
    expect(json("tokenizer_config.json")).toEqual({
      tokenizer_class: "ByT5Tokenizer",
      extra_ids: 125,
    });
    expect(json("generation_config.json")).toEqual({
      decoder_start_token_id: 0,
      eos_token_id: 1,
      pad_token_id: 0,
    });
  });

  test("puts the Python module beside a property child, and nowhere else", async () => {
    const directory = join(newFolder(), "m");
    const configuration = { ...tiny, fusion_parts: [2, 4] };
    await writeCheckpoint(directory, contents({ configuration }));
    expect(readdirSync(directory)).toContain("modeling_deep_fusion_t5.py");
    expect(readdirSync(directory)).toContain("configuration_deep_fusion_t5.py");
    expect(await using(directory, (checkpoint) => checkpoint.configuration)).toEqual(configuration);
    await writeCheckpoint(directory, contents());
    expect(readdirSync(directory)).not.toContain("modeling_deep_fusion_t5.py");
  });

  test("replaces a checkpoint, also through a link", async () => {
    const folder = newFolder();
    await writeCheckpoint(join(folder, "m"), contents());
    symlinkSync(join(folder, "m"), join(folder, "link"));
    const weights = sequenceSource(tiny, 0.5);
    await writeCheckpoint(join(folder, "link"), contents({ weights }));
    const hash = await using(join(folder, "m"), (checkpoint) => weightsSha256(checkpoint.weights));
    expect(hash).toBe(await weightsSha256(weights));
    expect(readdirSync(folder).sort()).toEqual(["link", "m"]);
  });

  test("keeps the old checkpoint, and nothing beside it, when a tensor cannot be had", async () => {
    const folder = newFolder();
    await writeCheckpoint(join(folder, "m"), contents());
    const broken: TensorSource = {
      shapes: sequenceSource(tiny).shapes,
      read: () => Promise.reject(new RangeError("Cannot read it")),
    };
    await expect(writeCheckpoint(join(folder, "m"), contents({ weights: broken }))).rejects.toThrow(
      "Cannot read it",
    );
    expect(readdirSync(folder)).toEqual(["m"]);
    expect(await using(join(folder, "m"), ({ weights }) => weightsSha256(weights))).toBe(
      await weightsSha256(sequenceSource(tiny)),
    );
  });

  test("stops between tensors when it is told to, and leaves nothing", async () => {
    const folder = newFolder();
    const stop = new AbortController();
    const source = sequenceSource(tiny);
    const weights: TensorSource = {
      shapes: source.shapes,
      read: (name) => {
        if (name.startsWith("decoder")) stop.abort();
        return source.read(name);
      },
    };
    await expect(
      writeCheckpoint(join(folder, "m"), contents({ weights }), stop.signal),
    ).rejects.toThrow(/abort/i);
    expect(readdirSync(folder)).toEqual([]);
  });

  test("reports progress up to the sum of both files", async () => {
    const seen: number[][] = [];
    await writeCheckpoint(
      join(newFolder(), "m"),
      contents({
        optimizer: memorySource({ s: { shape: [1], values: [1] } }),
        onProgress: (...bytes) => seen.push(bytes),
      }),
    );
    expect(seen.at(-1)![0]).toBe(seen[0]![1]);
    expect(seen.map(([done]) => done)).toEqual(seen.map(([done]) => done!).sort((a, b) => a - b));
  });

  test("refuses a folder that holds something else, and a file", async () => {
    const folder = newFolder();
    writeFileSync(join(folder, "notes.txt"), "mine");
    await expect(writeCheckpoint(folder, contents())).rejects.toThrow(
      /holds "notes.txt", which is not part of a checkpoint and would be lost; choose another/,
    );
    await expect(writeCheckpoint(join(folder, "notes.txt"), contents())).rejects.toThrow(
      /a file is in its place/,
    );
    expect(readFileSync(join(folder, "notes.txt"), "utf8")).toBe("mine");
  });

  test("refuses weights that are not the configuration's", async () => {
    const weights = without(sequenceSource(tiny), "lm_head.weight");
    await expect(writeCheckpoint(join(newFolder(), "m"), contents({ weights }))).rejects.toThrow(
      new TypeError("Cannot write checkpoint: tensor lm_head.weight is missing"),
    );
  });

  test("refuses to copy what is not a tokenizer's file", async () => {
    const folder = newFolder();
    const file = join(folder, "model.safetensors");
    writeFileSync(file, "");
    await expect(
      writeCheckpoint(join(folder, "m"), contents({ tokenizerFiles: [file] })),
    ).rejects.toThrow(/not a tokenizer file/);
  });

  test("removes what dead processes left, and nothing else", async () => {
    const folder = newFolder();
    const { hostname } = await import("node:os");
    const dead = `.x.staged-${hostname()}-4194305-abcdef`;
    const alive = `.x.staged-${hostname()}-${process.pid}-abcdef`;
    const elsewhere = ".x.staged-another-host-1-abcdef";
    const kept = [alive, elsewhere, ".replaced", ".x.replaced-checkpoint", "x", "m"];
    for (const name of [...kept, dead, ".m.replaced-checkpoint"]) mkdirSync(join(folder, name));
    await writeCheckpoint(join(folder, "m"), contents());
    expect(readdirSync(folder).sort()).toEqual(kept.sort());
  });
});

describe("openCheckpoint()", () => {
  const config = (changes: Partial<T5Configuration> = {}, json: object = {}): object => ({
    ...configurationJson({ ...tiny, ...changes }),
    ...json,
  });
  const tied = { tie_word_embeddings: true, scale_decoder_outputs: true };
  /** As transformers 4 writes a tied model: without the scaling's key. */
  const oldTied = config(tied, { scale_decoder_outputs: undefined });
  const tiedSource = sequenceSource({ ...tiny, ...tied });

  test("puts back the old checkpoint where a crash came between the two renames", async () => {
    const folder = newFolder();
    await writeCheckpoint(join(folder, "m"), contents());
    renameSync(join(folder, "m"), join(folder, ".m.replaced-checkpoint"));
    expect(await using(join(folder, "m"), ({ directory }) => directory)).toBe(join(folder, "m"));
    expect(readdirSync(folder)).toEqual(["m"]);
  });

  test("drops the copies that older versions stored of the embedding, and the unused bias", async () => {
    const weights = withTensors(tiedSource, {
      "encoder.embed_tokens.weight": "shared.weight",
      "decoder.embed_tokens.weight": "shared.weight",
      "lm_head.weight": "shared.weight",
      "decoder.block.0.layer.1.EncDecAttention.relative_attention_bias.weight": [1, 2],
    });
    await using(await foreign(weights, oldTied), async (checkpoint) => {
      expect([...checkpoint.weights.shapes]).toEqual([...tiedSource.shapes]);
      expect(await weightsSha256(checkpoint.weights)).toBe(await weightsSha256(tiedSource));
      expect(checkpoint.lineage).toBeUndefined();
    });
  });

  test("finds an embedding that is stored under a stack's name alone", async () => {
    const renamed = withTensors(without(tiedSource, "shared.weight"), {});
    const weights: TensorSource = {
      shapes: new Map([["decoder.embed_tokens.weight", [19, 6]], ...renamed.shapes]),
      read: (name) =>
        tiedSource.read(name === "decoder.embed_tokens.weight" ? "shared.weight" : name),
    };
    await using(await foreign(weights, oldTied), async (checkpoint) => {
      expect(await weightsSha256(checkpoint.weights)).toBe(await weightsSha256(tiedSource));
    });
  });

  test("believes the file, not config.json, on a tie that transformers 5 wrote", async () => {
    const folder = await foreign(sequenceSource(tiny), config({}, { tie_word_embeddings: true }));
    expect(await using(folder, ({ configuration }) => configuration)).toEqual(tiny);
  });

  test("gives the weights in the model's order, whatever the file's", async () => {
    const source = sequenceSource(tiny);
    const reversed: TensorSource = {
      shapes: new Map([...source.shapes].reverse()),
      read: (name) => source.read(name),
    };
    const names = await using(await foreign(reversed, config()), ({ weights }) => [
      ...weights.shapes.keys(),
    ]);
    expect(names).toEqual([...source.shapes.keys()]);
  });

  const q = "encoder.block.1.layer.0.SelfAttention.q.weight";
  test.each<[string, TensorSource, object, RegExp]>([
    [
      "a missing tensor",
      without(sequenceSource(tiny), q),
      config(),
      /model\.safetensors: tensor encoder\.block\.1\.layer\.0\.SelfAttention\.q\.weight is missing$/,
    ],
    [
      "a tensor too many",
      withTensors(sequenceSource(tiny), { "encoder.bias": [1] }),
      config(),
      /tensor encoder\.bias is not part of this model/,
    ],
    [
      "a wrong shape",
      sequenceSource(tiny),
      config({ d_kv: 4 }),
      /q\.weight is \[15, 6\], expected \[12, 6\]; .*and \d+ more/,
    ],
    [
      "a head of its own under an old tie",
      sequenceSource(tiny),
      oldTied,
      /lm_head\.weight differs from shared\.weight, but config\.json ties them; set tie_word_emb/,
    ],
    [
      "two different embeddings",
      withTensors(tiedSource, { "encoder.embed_tokens.weight": [1, 2, 3] }),
      oldTied,
      /encoder\.embed_tokens\.weight differs from shared\.weight/,
    ],
  ])("refuses %s by name", async (_, weights, json, message) => {
    const folder = await foreign(weights, json);
    await expect(openCheckpoint(folder)).rejects.toThrow(message);
    await expect(openCheckpoint(folder)).rejects.toThrow(RangeError);
  });

  test("refuses another dtype by tensor", async () => {
    const folder = await foreign(sequenceSource(tiny), config());
    const file = join(folder, "model.safetensors");
    const bytes = readFileSync(file);
    bytes.write("I32", bytes.indexOf("F32"));
    writeFileSync(file, bytes);
    await expect(openCheckpoint(folder)).rejects.toThrow(
      /tensor shared\.weight is I32; weights are F32, F64, F16, BF16/,
    );
  });

  test.each([
    ["nothing", [], /has no config\.json/],
    ["no weights", ["config.json"], /has no model\.safetensors; fetch or write it again$/],
    ["a pickle", ["config.json", "pytorch_model.bin"], /pytorch_model\.bin .* never read, because/],
  ])("refuses a folder with %s", async (_, names, message) => {
    const folder = newFolder();
    for (const name of names) writeFileSync(join(folder, name), "{}");
    await expect(openCheckpoint(folder)).rejects.toThrow(message);
  });

  test("refuses a path that is no folder", async () => {
    const folder = newFolder();
    await expect(openCheckpoint(join(folder, "no"))).rejects.toThrow(
      /there is no such folder; a checkpoint on the Hub is named hf:/,
    );
    writeFileSync(join(folder, "file"), "");
    await expect(openCheckpoint(join(folder, "file"))).rejects.toThrow(/it is a file; name the/);
  });

  test("refuses a config.json that is not JSON", async () => {
    const folder = await foreign(sequenceSource(tiny), config());
    writeFileSync(join(folder, "config.json"), "{");
    await expect(openCheckpoint(folder)).rejects.toThrow(/config\.json: it is not JSON/);
  });
});
