import { mkdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { openCorpus } from "../../server/data/corpus";
import type { Document } from "../../server/data/documents";
import type { CorpusSettings } from "../../server/data/settings";
import { temporaryFolders } from "../checkpoint/support/folder";
import { corpusOf, formats, writeDocuments } from "./support/corpora";

const paragraphs = Array.from({ length: 40 }, (_, i) => `Ömer ${i}: ${"so it goes. ".repeat(40)}`);

const temporaryFolder = temporaryFolders();

describe("a corpus of files", () => {
  it.each(formats)(
    "gives the documents of a .%s file, and again from each one's offset",
    async (ending) => {
      const path = join(temporaryFolder(), `a.${ending}`);
      writeDocuments(path, paragraphs);
      const all = await documents(corpusOf([path]));
      const whole = ending.startsWith("txt") ? [paragraphs.join("\n\n")] : paragraphs;
      expect(all.map(({ text }) => text).join("")).toBe(whole.join(""));
      expect(all.length).toBeGreaterThan(3);
      for (const [i, { offset }] of all.entries()) {
        expect(await documents(corpusOf([path]), offset)).toEqual(all.slice(i));
      }
    },
  );

  it("cuts a text file at the first blank line after 4 KiB", async () => {
    const path = join(temporaryFolder(), "a.txt");
    const [first, second] = ["a".repeat(5000), "b".repeat(3000)];
    writeFileSync(path, `${first}\r\n\r\n${second}\n\nc`);
    const texts = (await documents(corpusOf([path]))).map(({ text }) => text);
    expect(texts).toEqual([`${first}\r\n\r\n`, `${second}\n\nc`]);
  });

  it.each([
    ["line end", `${"a".repeat(5000)}\n${"b c ".repeat(2000)}`, 5001],
    ["space", "word ".repeat(4000), 8190],
    ["whole character", "🐋".repeat(4000), 8192],
    ["whole character", `a${"🐋".repeat(4000)}`, 8189],
  ])("cuts a text without blank lines at a %s before 8 KiB", async (_, text, length) => {
    const path = join(temporaryFolder(), "a.txt");
    writeFileSync(path, text);
    const all = await documents(corpusOf([path]));
    expect(Buffer.byteLength(all[0]!.text)).toBe(length);
    expect(all.map((document) => document.text).join("")).toBe(text);
  });

  it("takes the field and the column that the settings name", async () => {
    const path = join(temporaryFolder(), "a.jsonl");
    writeFileSync(path, '\ufeff{"body":"one","text":"no"}\r\n\r\n{"body":""}\n{"body":"two"}');
    const all = await documents({ ...corpusOf([path]), field: "body" });
    expect(all.map(({ text }) => text)).toEqual(["one", "two"]);
  });

  it("leaves a byte order mark out", async () => {
    const path = join(temporaryFolder(), "a.txt");
    writeFileSync(path, "\ufeffone");
    expect(await documents(corpusOf([path]))).toEqual([{ text: "one", offset: 3 }]);
  });

  it("takes each file once and sorts them, whatever the globs", async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, "[odd] (name)"));
    for (const name of ["b.txt", "a.txt", "[odd] (name)/c.txt"])
      writeFileSync(join(folder, name), "x");
    const globs = ["*.txt", "a.*", "[odd] (name)/c.txt"].map((glob) => join(folder, glob));
    const names = (await openCorpus(corpusOf(globs))).shards.map(({ name }) =>
      name.slice(folder.length + 1),
    );
    expect(names).toEqual(["[odd] (name)/c.txt", "a.txt", "b.txt"]);
  });
});

describe("a corpus that cannot be used names the file, the place and the remedy", () => {
  it.each<[string, string, string | Buffer, RegExp]>([
    [
      "unknown",
      "a.csv",
      "x",
      /the format of .*a\.csv is unknown; a corpus is text \(\.txt, \.md\).*\.parquet$/,
    ],
    ["empty", "a.txt", "", /a\.txt is empty; fill it or leave it out of `files`$/],
    [
      "Latin-1",
      "a.txt",
      Buffer.from("ok\xff", "latin1"),
      /a\.txt: byte 2 \(0xff\) is not UTF-8; convert the file to UTF-8$/,
    ],
    [
      "cut within its last character",
      "a.txt",
      Buffer.from(`\ufeff${"é".repeat(9000)}\ufffd\ufffd`).subarray(0, -1),
      /byte 18006 \(0xef\) is not UTF-8/,
    ],
    [
      "cut within an object",
      "a.jsonl",
      '{"text":"a"}\n{"text":',
      /a\.jsonl, line 2: it is not JSON \(.*\); put one JSON object on each line$/,
    ],
    ["one JSON array", "a.json", '[\n{"text":"a"}]', /a\.json, line 1: it is not JSON/],
    [
      "no objects",
      "a.jsonl",
      '"a"\n',
      /line 1: it is no JSON object; write \{"text": "\.\.\."\} on each line$/,
    ],
    [
      "another field",
      "a.jsonl",
      '{"text":"a"}\n\n{"body":"a","url":1}',
      /line 3: it has no field "text", only "body", "url"; set the corpus's `field`$/,
    ],
    ["null", "a.jsonl", '{"text":null}', /line 1: field "text" is null, not text$/],
    ["a number", "a.jsonl", '{"text":7}', /line 1: field "text" is a number, not text$/],
    [
      "Latin-1",
      "a.jsonl",
      Buffer.from('{"text":"a"}\n{"text":"\xe9"}', "latin1"),
      /line 2: byte 22 \(0xe9\) is not UTF-8/,
    ],
    [
      "bad line",
      "a.jsonl.gz",
      gzipSync('{"text":"a"}\n{]\n'),
      /a\.jsonl\.gz, line 2: it is not JSON/,
    ],
    [
      "cut off",
      "a.jsonl.gz",
      gzipSync("x".repeat(999)).subarray(0, 20),
      /a\.jsonl\.gz: its gzip data are damaged or cut off \(.*\); get it again$/,
    ],
    [
      "not gzip",
      "a.txt.gz",
      "no gzip",
      /a\.txt\.gz: its gzip data are damaged or cut off \(.*\); get it again$/,
    ],
    [
      "not Parquet",
      "a.parquet",
      "no parquet at all",
      /a\.parquet: it is no sound Parquet \(.*\); fetch it again/,
    ],
  ])("%s: %s", async (_, name, content, message) => {
    const path = join(temporaryFolder(), name);
    writeFileSync(path, content);
    await expect(documents(corpusOf([path]))).rejects.toThrow(message);
  });

  it("a glob that matches nothing, and a folder", async () => {
    const folder = temporaryFolder();
    const missing = join(folder, "*.txt");
    await expect(openCorpus(corpusOf([missing]))).rejects.toThrow(
      `Cannot read corpus "books": no file matches ${missing}; correct`,
    );
    await expect(openCorpus(corpusOf([folder]))).rejects.toThrow(
      `${folder} is a folder; name its files, as in ${folder}/*.txt`,
    );
  });

  it("a Parquet file without the column, with another type, or cut off", async () => {
    const path = join(temporaryFolder(), "a.parquet");
    writeDocuments(path, paragraphs);
    const settings = corpusOf([path]);
    await expect(documents({ ...settings, column: "body" })).rejects.toThrow(
      `${path}: it has no column "body", only "id", "text"; set the corpus's \`column\``,
    );
    await expect(documents({ ...settings, column: "id" })).rejects.toThrow(
      `${path}, row 1: column "id" is no text but number`,
    );
    truncateSync(path, readFileSync(path).length - 100);
    await expect(documents(settings)).rejects.toThrow("it is no sound Parquet");
  });

  it("names the line of a file that is read on from the middle", async () => {
    const path = join(temporaryFolder(), "a.jsonl");
    writeFileSync(path, '{"text":"a"}\n{"text":"b"}\n{"text":1}\n');
    await expect(documents(corpusOf([path]), 13)).rejects.toThrow("line 3: field");
  });
});

/** Of all shards, each from `offset` on. */
async function documents(settings: CorpusSettings, offset = 0): Promise<Document[]> {
  const { shards } = await openCorpus(settings);
  const all: Document[] = [];
  for (const shard of shards) {
    for await (const document of shard.documents(offset)) all.push(document);
  }
  return all;
}
