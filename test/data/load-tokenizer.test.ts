import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import {
  type KnownTokenizers,
  loadTokenizer,
  tokenizerIdentity,
} from "../../server/data/load-tokenizer";
import { temporaryFolders } from "../checkpoint/support/folder";

const temporaryFolder = temporaryFolders();
const golden = fileURLToPath(new URL("../golden/tokenizers/", import.meta.url));

/** What the original libraries say; make.py beside the files writes it. */
interface Encodings {
  readonly texts: readonly string[];
  readonly "tokenizer.json": readonly (readonly number[])[];
  readonly "spiece.model": readonly (readonly number[])[];
  readonly decoded: readonly string[];
  readonly sentinels: readonly number[];
  readonly size: number;
}

const byT5 = '{"tokenizer_class": "ByT5Tokenizer"}';

const t5 = encodings("t5");
const bpe = encodings("bpe");

describe("loadTokenizer()", () => {
  it.each(["tokenizer.json", "spiece.model"] as const)(
    "encodes with T5's %s as the original library",
    async (file) => {
      const tokenizer = await loadTokenizer(join(golden, "t5", file));
      expect(t5.texts.map((text) => [...tokenizer.encode(text)])).toEqual(t5[file]);
      expect([tokenizer.padId, tokenizer.eosId, tokenizer.vocabSize]).toEqual([0, 1, t5.size]);
      expect([tokenizer.sentinel(0), tokenizer.sentinel(99)]).toEqual(t5.sentinels);
      expect(tokenizer.sentinels).toBe(100);
      expect(tokenizer.decode([...tokenizer.encode("Call me Ishmael."), t5.sentinels[0]!, 1])).toBe(
        "Call me Ishmael.<extra_id_0></s>",
      );
    },
  );

  it("finds the same vocabulary in T5's tokenizer.json and its spiece.model", async () => {
    const [json, model] = await Promise.all(
      ["tokenizer.json", "spiece.model"].map((file) => loadTokenizer(join(golden, "t5", file))),
    );
    expect(json!.sha256).toBe(model!.sha256);
    expect(json!.sha256).not.toBe((await loadTokenizer("bytes")).sha256);
  });

  it.each(["t5", "bpe", "t5 without tokenizer.json", "bytes"])(
    "has the identity that tokenizerIdentity() finds: %s",
    async (kind) => {
      const folder = temporaryFolder();
      const [name = "", without] = kind.split(" without ");
      if (name === "bytes") writeFileSync(join(folder, "tokenizer_config.json"), byT5);
      else cpSync(join(golden, name), folder, { recursive: true });
      if (without !== undefined) rmSync(join(folder, without));
      const { sha256, vocabSize } = await loadTokenizer(folder);
      expect(await tokenizerIdentity(folder)).toEqual({ sha256, vocabSize });
    },
  );

  it("is known again by the content of its files, whatever their folder", async () => {
    const known: KnownTokenizers = new Map();
    for (const name of ["t5", "t5", "bpe"]) {
      const folder = temporaryFolder();
      cpSync(join(golden, name), folder, { recursive: true });
      const alone = await tokenizerIdentity(join(golden, name));
      expect(await tokenizerIdentity(folder, known)).toEqual(alone);
    }
    expect(known.size).toBe(2);
  });

  it("takes a byte-level BPE with special tokens of its own", async () => {
    const tokenizer = await loadTokenizer(join(golden, "bpe"));
    const ids = bpe.texts.map((text) => tokenizer.encode(text));
    expect(ids.map((text) => [...text])).toEqual(bpe["tokenizer.json"]);
    expect(ids.map((text) => tokenizer.decode(text))).toEqual(bpe.decoded);
    expect([tokenizer.padId, tokenizer.eosId, tokenizer.vocabSize]).toEqual([0, 1, bpe.size]);
    expect(tokenizer.sentinels).toBe(10);
    expect(tokenizer.sentinel(3)).toBe(5);
  });

  it("takes a checkpoint folder, tokenizer.json before spiece.model, and says which files to keep", async () => {
    const tokenizer = await loadTokenizer(join(golden, "t5"));
    expect(tokenizer.name).toBe(join(golden, "t5", "tokenizer.json"));
    expect(tokenizer.files).toEqual(
      ["tokenizer.json", "spiece.model", "tokenizer_config.json"].map((name) =>
        join(golden, "t5", name),
      ),
    );
  });

  it("takes a ByT5 checkpoint by its tokenizer_class", async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "tokenizer_config.json"), '{"tokenizer_class":"ByT5Tokenizer"}');
    expect((await loadTokenizer(folder)).name).toBe("bytes");
  });

  it("leaves the process's handlers of uncaught errors alone", async () => {
    const count = (): number => process.listenerCount("uncaughtException");
    const before = count();
    await loadTokenizer(join(golden, "t5", "spiece.model"));
    expect(count()).toBe(before);
  });
});

describe("loadTokenizer() says what is wrong", () => {
  it("with a path that leads nowhere, and with a file or folder of another kind", async () => {
    const folder = temporaryFolder();
    const missing = join(folder, "tokenizer.json");
    await expect(loadTokenizer(missing)).rejects.toThrow(
      `Cannot load tokenizer ${missing}: there is no such file; name "bytes", a tokenizer.json`,
    );
    await expect(loadTokenizer(folder)).rejects.toThrow("the folder has no tokenizer; name");
    writeFileSync(join(folder, "vocab.txt"), "x");
    await expect(loadTokenizer(join(folder, "vocab.txt"))).rejects.toThrow(
      "of no kind that is known",
    );
  });

  it.each([
    ["tokenizer.json", "{", /tokenizer\.json: it is not JSON$/],
    ["tokenizer.json", "[]", /tokenizer\.json: it is no JSON object$/],
    ["tokenizer.json", '{"model":{}}', /tokenizer\.json: it is no tokenizer\.json \(.*\)$/],
    ["spiece.model", "no model", /spiece\.model: it is no SentencePiece model$/],
    ["spiece.model", "", /spiece\.model: it is no SentencePiece model$/],
  ])("with a %s of %j", async (name, content, message) => {
    const path = join(temporaryFolder(), name);
    writeFileSync(path, content);
    await expect(loadTokenizer(path)).rejects.toThrow(message);
    await expect(tokenizerIdentity(dirname(path))).rejects.toThrow(message);
  });

  it.each([
    '{"model": {"vocab": {"a": -1}}}',
    '{"model": {"vocab": {"a": 1e9}}}',
    '{"model": {"vocab": [["a", 0], [1, 2]]}}',
    '{"model": {"vocab": []}, "added_tokens": [{"id": 0}]}',
  ])("where its identity alone is wanted, of %s", async (content) => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "tokenizer.json"), content);
    await expect(tokenizerIdentity(folder)).rejects.toThrow("its vocabulary is not one");
  });

  it("but finds no identity in a folder that has only settings", async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "special_tokens_map.json"), "{}");
    expect(await tokenizerIdentity(folder)).toBeUndefined();
  });

  it("with a tokenizer without an end of sequence", async () => {
    const folder = temporaryFolder();
    cpSync(join(golden, "bpe", "tokenizer.json"), join(folder, "tokenizer.json"));
    await expect(loadTokenizer(folder)).rejects.toThrow(
      "it has no token <pad>; name its own as pad_token in tokenizer_config.json",
    );
  });

  it("with a spiece.model that is cut off", async () => {
    const path = join(temporaryFolder(), "spiece.model");
    writeFileSync(path, readFileSync(join(golden, "t5", "spiece.model")).subarray(0, 1000));
    await expect(loadTokenizer(path)).rejects.toThrow("it is no SentencePiece model");
  });
});

function encodings(name: string): Encodings {
  return JSON.parse(readFileSync(join(golden, name, "encodings.json"), "utf8")) as Encodings;
}
