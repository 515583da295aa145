import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fc } from "../support/properties";
import { describe, expect, it } from "vitest";
import { byteChunks, localFile } from "../../server/data/byte-stream";
import { openCorpus } from "../../server/data/corpus";
import { jsonlDocuments } from "../../server/data/jsonl-file";
import { segmentBorder, segmentsOf } from "../../server/data/segments";
import { textDocuments } from "../../server/data/text-file";
import { temporaryFolders } from "../checkpoint/support/folder";
import { corpusOf } from "./support/corpora";

const temporaryFolder = temporaryFolders();

describe("segments of a file", () => {
  it("are of about equal size, in order, and cover the file", () => {
    expect(segmentsOf(100, 30)).toEqual([
      { start: 0, end: 33 },
      { start: 33, end: 67 },
      { start: 67, end: 100 },
    ]);
    expect(segmentsOf(10, 30)).toEqual([{ start: 0, end: 10 }]);
  });

  it("have each line of JSON Lines once, whatever the borders", async () => {
    const path = join(temporaryFolder(), "a.jsonl");
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ minLength: 1, unit: "grapheme" }), { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 1, max: 60 }),
        async (texts, most) => {
          writeFileSync(path, texts.map((text) => `${JSON.stringify({ text })}\n`).join(""));
          const found: string[] = [];
          for (const [start, end] of await borders(path, most, "lines")) {
            for await (const { text } of jsonlDocuments(localFile(path), "text", start, end))
              found.push(text);
          }
          expect(found).toEqual(texts);
        },
      ),
      { numRuns: 30 },
    );
  });

  it.each(["line\n", "🐋", "é"])("have all of a text of %j, no character cut", async (unit) => {
    const path = join(temporaryFolder(), "a.txt");
    const text = unit.repeat(60_000);
    writeFileSync(path, text);
    const found: string[] = [];
    const ranges = await borders(path, 29_999, "characters");
    expect(ranges.length).toBeGreaterThan(3);
    for (const [start, end] of ranges) {
      for await (const document of textDocuments(localFile(path), start, end))
        found.push(document.text);
    }
    expect(found.join("")).toBe(text);
  });

  it("are what a big file's shards are", async () => {
    const path = join(temporaryFolder(), "a.txt");
    writeFileSync(path, Buffer.alloc(25 * 2 ** 20, "lorem ipsum\n"));
    const { shards } = await openCorpus(corpusOf([path]));
    expect(shards.map(({ name }) => name)).toEqual([path, path]);
    const [first, second] = shards;
    let sizeBytes = 0;
    for await (const { text } of first!.documents(0)) sizeBytes += Buffer.byteLength(text);
    const offsets: number[] = [];
    for await (const { offset } of second!.documents(0)) offsets.push(offset);
    expect(offsets[0]).toBe(sizeBytes);
    expect(sizeBytes).toBeGreaterThan(statSync(path).size / 2 - 1000);
  });
});

describe("byteChunks()", () => {
  it("says which file cannot be read", async () => {
    for (const name of ["a.txt", "a.txt.gz"]) {
      const path = join(temporaryFolder(), name);
      await expect(byteChunks(localFile(path), 0).next()).rejects.toThrow(
        /^Cannot read corpus file .*a\.txt.*: it is not there, or is gone since \(ENOENT\)$/,
      );
    }
  });

  it("gives the bytes from the offset up to the end", async () => {
    const path = join(temporaryFolder(), "a.txt");
    writeFileSync(path, "0123456789");
    const read = async (offset: number, end?: number): Promise<string> => {
      const chunks: Buffer[] = [];
      for await (const chunk of byteChunks(localFile(path), offset, end)) chunks.push(chunk);
      return Buffer.concat(chunks).toString();
    };
    expect([await read(3, 6), await read(8), await read(5, 5), await read(0)]).toEqual([
      "345",
      "89",
      "",
      "0123456789",
    ]);
  });
});

async function borders(path: string, most: number, unit: "lines" | "characters") {
  const segments = segmentsOf(statSync(path).size, most);
  return Promise.all(
    segments.map(({ start, end }) =>
      Promise.all([segmentBorder(path, start, unit), segmentBorder(path, end, unit)]),
    ),
  );
}
