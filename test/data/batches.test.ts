import { join } from "node:path";
import { fc } from "../support/properties";
import { describe, expect, it } from "vitest";
import { type Batch, type BatchSettings, batchSource } from "../../server/data/batches";
import { parseCursor } from "../../server/data/cursor";
import { heldoutExamples } from "../../server/data/heldout";
import { isHeldOut } from "../../server/data/holdout";
import { loadTokenizer } from "../../server/data/load-tokenizer";
import type { CorpusSettings } from "../../server/data/settings";
import { temporaryFolders } from "../checkpoint/support/folder";
import { corpusOf, formats, writeDocuments } from "./support/corpora";
import { restore } from "./support/restore";

const temporaryFolder = temporaryFolders();

describe("batchSource()", () => {
  it.each(formats)(
    "goes on exactly from any cursor, over blocks and epochs of .%s files",
    async (ending) => {
      const settings = settingsOf(writeCorpus(ending));
      const all = await take(settings, 70);
      expect(new Set(all.map(({ cursor }) => cursor.epoch)).size).toBeGreaterThan(2);
      expect(Math.max(...all.map(({ cursor }) => cursor.block))).toBeGreaterThan(2);
      await fc.assert(
        fc.asyncProperty(fc.nat(66), async (stop) => {
          const cursor = parseCursor(
            JSON.parse(JSON.stringify(all[stop]!.cursor)),
            "trainer_state.json",
          );
          expect(await take({ ...settings, cursor }, 3)).toEqual(all.slice(stop + 1, stop + 4));
        }),
        { numRuns: 12 },
      );
    },
  );

  it("gives another order under another seed, and in another epoch", async () => {
    const corpus = writeCorpus("jsonl");
    const [one, two] = await Promise.all(
      [1, 2].map((seed) => take({ ...settingsOf(corpus), seed }, 1)),
    );
    expect(one).not.toEqual(two);
    const all = await take({ ...settingsOf(corpus), batch: 1, blockTokens: 1e6 }, 200);
    const first = all.filter(({ cursor }) => cursor.index === 1);
    expect(first.map(({ cursor }) => cursor.epoch)).toEqual([0, 1, 2]);
    expect(first[0]!.inputIds).not.toEqual(first[1]!.inputIds);
  });

  it("shows each window of the training documents once an epoch, and nothing held out", async () => {
    const texts = documents(120);
    const path = join(temporaryFolder(), "a.jsonl");
    writeDocuments(path, texts);
    const settings = { ...settingsOf(corpusOf([path], 0.3)), batch: 1 };
    const trained = texts.filter((text) => !isHeldOut({ text }, 0.3));
    expect(trained.length).toBeLessThan(100);
    const bytes = await loadTokenizer("bytes");
    const tokens = trained.flatMap((text) => [...bytes.encode(text), bytes.eosId]);
    const windows = Array.from({ length: Math.floor(tokens.length / 34) }, (_, i) =>
      tokens.slice(34 * i, 34 * (i + 1)).join(),
    );
    const seen = (await take(settings, windows.length)).map(({ inputIds, labels }) =>
      restore(inputIds, labels, (token) => token >= 259).join(),
    );
    expect(seen).not.toEqual(windows);
    expect(seen.sort()).toEqual(windows.sort());
  });

  it("refuses a cursor of another corpus, and a file that is no cursor", async () => {
    const settings = settingsOf(writeCorpus("txt"));
    const [first] = await take(settings, 1);
    const cursor = { ...first!.cursor, corpus: "0123456789abcdef" };
    await expect(batchSource({ ...settings, cursor })).rejects.toThrow(
      'Cannot resume on corpus "books": its files have changed since the checkpoint',
    );
    expect(() => parseCursor({ ...cursor, skip: -1 }, "x.json")).toThrow(
      "Cannot read the data cursor of x.json: skip is -1, not a whole number from 0",
    );
  });

  it("refuses a corpus that is too short for one example", async () => {
    const path = join(temporaryFolder(), "a.txt");
    writeDocuments(path, ["short"]);
    await expect(take(settingsOf(corpusOf([path])), 1)).rejects.toThrow(
      `Cannot train on corpus "books": ${path}, 5 bytes together, less 0 % held out, is too short for one example ` +
        "of 34 tokens; add text, shorten inputs or lower holdout",
    );
  });
});

describe("heldoutExamples()", () => {
  it("gives the same examples whatever the files and the seed, of held-out documents alone", async () => {
    const texts = documents(120);
    const folder = temporaryFolder();
    writeDocuments(join(folder, "a.jsonl"), texts);
    writeDocuments(join(folder, "a.parquet"), texts);
    const settings = settingsOf(corpusOf([join(folder, "a.jsonl")], 0.3));
    const one = await heldoutExamples(settings, 10);
    expect(one.examples).toBe(10);
    expect(one.inputIds.length).toBe(10 * 32);
    expect(one.labels.length).toBe(10 * one.targets);
    const other = { ...settings, corpus: corpusOf([join(folder, "a.parquet")], 0.3), seed: 9 };
    expect(await heldoutExamples(other, 10)).toEqual(one);
    const bytes = await loadTokenizer("bytes");
    const seen = bytes.decode(one.inputIds) + bytes.decode(one.labels);
    const shown = texts.filter((text) => seen.includes(markOf(text)));
    expect(shown.length).toBeGreaterThan(0);
    expect(shown.every((text) => isHeldOut({ text }, 0.3))).toBe(true);
  });

  it("gives as many as there are, and none without held-out documents", async () => {
    const corpus = writeCorpus("jsonl");
    const none = await heldoutExamples(settingsOf({ ...corpus, holdout: 0 }), 10);
    expect(none.examples).toBe(0);
    const all = await heldoutExamples(settingsOf({ ...corpus, holdout: 0.3 }), 100_000);
    expect(all.examples).toBeGreaterThan(0);
    expect(all.examples).toBeLessThan(1000);
  });
});

describe("isHeldOut()", () => {
  it("holds out the fraction asked for, by content alone", () => {
    const texts = documents(4000);
    const held = texts.filter((text) => isHeldOut({ text }, 0.1));
    expect(held.length).toBeGreaterThan(340);
    expect(held.length).toBeLessThan(460);
    expect(held.every((text) => isHeldOut({ text }, 0.2))).toBe(true);
  });
});

function settingsOf(corpus: CorpusSettings): BatchSettings {
  return {
    corpus,
    tokenizer: "bytes",
    objective: { noise_density: 0.15, mean_span_length: 3 },
    inputs: 32,
    batch: 8,
    seed: 1,
    blockTokens: 900,
  };
}

/** Each begins with a mark of its own that is in no other. */
function documents(count: number): string[] {
  return Array.from(
    { length: count },
    (_, i) => `${markOf(`<${i}>`)} ${"lorem ".repeat(3 + (i % 7))}`,
  );
}

function markOf(text: string): string {
  return /^<\d+>/.exec(text)![0];
}

function writeCorpus(ending: string): CorpusSettings {
  const folder = temporaryFolder();
  const texts = documents(90);
  for (const [i, name] of ["a", "b", "c"].entries()) {
    const size = ending.startsWith("txt") ? 3 : 1;
    writeDocuments(
      join(folder, `${name}.${ending}`),
      texts.slice(30 * i, 30 * (i + 1)).map((text) => text.repeat(size)),
    );
  }
  return corpusOf([join(folder, `*.${ending}`)], 0.1);
}

async function take(settings: BatchSettings, count: number): Promise<Batch[]> {
  const source = await batchSource(settings);
  const batches: Batch[] = [];
  for await (const batch of source.batches()) {
    batches.push(batch);
    if (batches.length === count) break;
  }
  return batches;
}
