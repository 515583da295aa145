import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { parquetWriteBuffer } from "hyparquet-writer";
import { afterEach, describe, expect, test, vi } from "vitest";
import { openCorpus } from "../../server/data/corpus";
import { hubFiles } from "../../server/data/hub-files";
import type { CorpusSettings } from "../../server/data/settings";
import { corpusIdentity } from "../../server/recipe/identity";
import { temporaryFolders } from "../checkpoint/support/folder";
import { cutAfter, type HubServer, sha256 } from "../hugging-face/support/hub-server";
import { asking, hubServers } from "../hugging-face/support/hubs";

const newFolder = temporaryFolders();
const newHub = hubServers();

afterEach(() => {
  vi.unstubAllEnvs();
});

const lines = (from: number, count: number) =>
  Array.from({ length: count }, (_, i) => `${JSON.stringify({ text: `text ${from + i}` })}\n`).join(
    "",
  );
const lineCount = 30_000;
/** Incompressible enough to be more than one chunk. */
const noise = (seed: number) =>
  Array.from(
    { length: lineCount },
    (_, i) => `${JSON.stringify({ text: sha256(`${seed} ${i}`) })}\n`,
  ).join("");

const files = {
  "README.md": "a data set",
  "en/train-0.json.gz": gzipSync(lines(0, 3)),
  "en/train-1.json.gz": gzipSync(lines(3, 2)),
  "en/valid-0.json.gz": gzipSync(lines(9, 1)),
  "en/large.json.gz": gzipSync(noise(1)),
  "de/train-0.jsonl": lines(20, 2),
  "table.parquet": Buffer.from(
    parquetWriteBuffer({ columnData: [{ name: "text", data: ["one", "two"], type: "STRING" }] }),
  ),
};

async function hosted() {
  const server = await newHub();
  const { commit } = server.host({ kind: "dataset", name: "owner/texts", files });
  const cache = join(newFolder(), "hub");
  vi.stubEnv("HF_ENDPOINT", server.endpoint);
  vi.stubEnv("HF_HUB_CACHE", cache);
  vi.stubEnv("HF_TOKEN", "");
  return { server, commit, cache };
}

function settings(...globs: readonly string[]): CorpusSettings {
  return {
    name: "c",
    source: { kind: "files", globs },
    field: "text",
    column: "text",
    holdout: 0.5,
  };
}

async function textsOf(corpus: CorpusSettings): Promise<string[]> {
  const texts: string[] = [];
  for (const shard of (await openCorpus(corpus)).shards) {
    for await (const { text } of shard.documents(0)) texts.push(text);
  }
  return texts;
}

const fetchesOf = ({ seen }: HubServer) => seen.filter(({ server }) => server === "files");

describe("a corpus on the Hub", () => {
  test("is what its globs match, file by file, and is read from the cache the second time", async () => {
    const { server, commit, cache } = await hosted();
    const corpus = settings(
      "hf://datasets/owner/texts/en/train-*.json.gz",
      "hf://datasets/owner/texts/de/train-0.jsonl",
    );
    const expected = [20, 21, 0, 1, 2, 3, 4].map((number) => `text ${number}`);
    expect(await textsOf(corpus)).toEqual(expected);
    expect(fetchesOf(server).length).toBe(3);
    expect(await textsOf(corpus)).toEqual(expected);
    expect(fetchesOf(server).length).toBe(3);
    const snapshot = join(cache, "datasets--owner--texts", "snapshots", commit);
    expect(readdirSync(join(snapshot, "en")).sort()).toEqual([
      "train-0.json.gz",
      "train-1.json.gz",
    ]);
  });

  test("begins before it has arrived, and is gone on with where reading stopped", async () => {
    const { server, cache } = await hosted();
    const [file] = await hubFiles(
      ["hf://datasets/owner/texts/en/large.json.gz"],
      "c",
      asking(server, cache),
    );
    const { shards } = await openCorpus(settings("hf://datasets/owner/texts/en/large.json.gz"));
    for await (const { text } of shards[0]!.documents(0)) {
      expect(text).toBe(sha256("1 0"));
      break;
    }
    const blobs = join(cache, "datasets--owner--texts", "blobs");
    expect(readdirSync(blobs)).toEqual([`${file!.content}.deep-fusion.incomplete`]);
    let count = 0;
    for await (const document of shards[0]!.documents(0))
      count += Number(document.text.length === 64);
    expect(count).toBe(lineCount);
    expect(readdirSync(blobs)).toEqual([file!.content]);
    const ranges = fetchesOf(server).map(({ range }) => range);
    expect(ranges).toEqual([undefined, expect.stringMatching(/^bytes=[1-9]\d*-$/)]);
  });

  test("survives a broken connection, from anywhere in a file", async () => {
    const { server } = await hosted();
    const { shards } = await openCorpus(settings("hf://datasets/owner/texts/en/large.json.gz"));
    server.fail(/\?signature/, cutAfter(30_000), 2);
    const offsets: number[] = [];
    for await (const { offset } of shards[0]!.documents(0)) offsets.push(offset);
    expect(offsets.length).toBe(lineCount);
    const rest: string[] = [];
    for await (const { text } of shards[0]!.documents(offsets[lineCount - 2]!)) rest.push(text);
    expect(rest).toEqual([lineCount - 2, lineCount - 1].map((i) => sha256(`1 ${i}`)));
  });

  test("read by two at once is whole for both", async () => {
    await hosted();
    const corpus = settings("hf://datasets/owner/texts/en/large.json.gz");
    const both = await Promise.all([textsOf(corpus), textsOf(corpus)]);
    expect(both.map((texts) => texts.length)).toEqual([lineCount, lineCount]);
  });

  test("may be Parquet, which is fetched as a whole", async () => {
    await hosted();
    expect(await textsOf(settings("hf://datasets/owner/texts/*.parquet"))).toEqual(["one", "two"]);
  });

  test("is known by its content, without reading it", async () => {
    const { server, commit } = await hosted();
    const before = await corpusIdentity(settings("hf://datasets/owner/texts/en/train-*.json.gz"));
    expect(fetchesOf(server)).toEqual([]);
    server.host({
      kind: "dataset",
      name: "owner/texts",
      files: { ...files, "README.md": "changed" },
    });
    expect(await corpusIdentity(settings("hf://datasets/owner/texts/en/train-*.json.gz"))).toBe(
      before,
    );
    const changed = { ...files, "en/train-0.json.gz": gzipSync(lines(1, 3)) };
    server.host({ kind: "dataset", name: "owner/texts", files: changed });
    expect(await corpusIdentity(settings("hf://datasets/owner/texts/en/train-*.json.gz"))).not.toBe(
      before,
    );
    const pinned = settings(`hf://datasets/owner/texts@${commit}/en/train-*.json.gz`);
    expect(await corpusIdentity(pinned)).toBe(before);
  });

  test("says what is not there", async () => {
    const { cache } = await hosted();
    const open = (text: string) => openCorpus(settings(text));
    await expect(open("hf://datasets/owner/texts/fr/*.json.gz")).rejects.toThrow(
      'Cannot read corpus "c": no file matches hf://datasets/owner/texts/fr/*.json.gz; correct `files`',
    );
    await expect(open("hf://datasets/owner/texts/README.*")).resolves.toBeDefined();
    await expect(open("hf://datasets/owner/none/x.txt")).rejects.toThrow(
      "Cannot find hf://datasets/owner/none",
    );
    vi.stubEnv("HF_HUB_OFFLINE", "1");
    await expect(open("hf://datasets/owner/texts/en/*.json.gz")).rejects.toThrow(
      "HF_HUB_OFFLINE forbids",
    );
    expect(existsSync(join(cache, "datasets--owner--texts", "blobs"))).toBe(false);
  });

  test("is read without being kept where the cache cannot be written", async () => {
    await hosted();
    const folder = newFolder();
    mkdirSync(join(folder, "cache"));
    writeFileSync(join(folder, "cache", "datasets--owner--texts"), "");
    vi.stubEnv("HF_HUB_CACHE", join(folder, "cache"));
    expect(await textsOf(settings("hf://datasets/owner/texts/en/train-0.json.gz"))).toEqual([
      ...["text 0", "text 1", "text 2"],
    ]);
  });
});
