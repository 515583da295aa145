/** Streams corpora that do not fit into the memory allowed: 1 GB of text, and smaller ones in other formats. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createGzip } from "node:zlib";
import { parquetWriteBuffer } from "hyparquet-writer";
import { openCorpus } from "../../server/data/corpus";
import type { CorpusJob, CorpusMeasurement } from "./corpus-child";
import { type Bench, type BenchContext, type BenchResult, benchResult } from "./result";
import { inScratch } from "./scratch";

const megabyte = 1e6;
const allowedMegabytes = 300;
const allowedWaiting = 2;

export const corpusBench: Bench = {
  name: "corpus",
  summary:
    "streaming 1 GB of text in under 300 MB, other formats, and how long a step waits for data",
  run: (context) => inScratch((folder) => run(folder, context)),
};

interface Case {
  readonly name: string;
  readonly file: string;
  readonly megabytes: number;
  readonly write: (path: string, megabytes: number, texts: readonly string[]) => Promise<void>;
}

const cases: readonly Case[] = [
  { name: "text", file: "corpus.txt", megabytes: 1000, write: writeText },
  { name: "jsonl.gz", file: "corpus.jsonl.gz", megabytes: 100, write: writeJsonl },
  { name: "parquet", file: "corpus.parquet", megabytes: 100, write: writeParquet },
];

async function run(folder: string, context: BenchContext): Promise<readonly BenchResult[]> {
  const texts = await sourceTexts();
  const results: BenchResult[] = [];
  for (const { name, file, megabytes, write } of cases) {
    context.signal.throwIfAborted();
    const path = join(folder, file);
    context.progress(`corpus: writing ${megabytes} MB as ${name}`);
    await write(path, megabytes, texts);
    context.progress(`corpus: streaming ${(await stat(path)).size / megabyte} MB of ${name}`);
    results.push(...(await measure(name, path, megabytes, context)));
    await rm(path);
  }
  return results;
}

async function measure(
  name: string,
  path: string,
  megabytes: number,
  context: BenchContext,
): Promise<BenchResult[]> {
  const epoch = await streamed(
    { path, worker: workerUrl(context), steps: "epoch", stepMs: 0 },
    context,
  );
  const paced = await streamed(
    { path, worker: workerUrl(context), steps: 500, stepMs: 20 },
    context,
  );
  return [
    benchResult(`corpus/${name}/peak-memory`, {
      value: epoch.peakBytes / megabyte,
      unit: "MB",
      reference: allowedMegabytes,
    }),
    benchResult(`corpus/${name}/throughput`, {
      value: megabytes / (epoch.elapsedMs / 1000),
      unit: "MB/s",
    }),
    benchResult(`corpus/${name}/first-batch`, { value: epoch.firstMs, unit: "ms" }),
    benchResult(`corpus/${name}/waiting-at-20-ms-steps`, {
      value: (100 * paced.waitedMs) / paced.elapsedMs,
      unit: "%",
      reference: allowedWaiting,
    }),
  ];
}

function workerUrl({ dist }: BenchContext): string {
  return new URL("data-worker.js", dist).href;
}

/** In a process of its own, so that its peak memory is the stream's. */
async function streamed(
  job: CorpusJob,
  { dist, signal }: BenchContext,
): Promise<CorpusMeasurement> {
  const script = fileURLToPath(new URL("bench-corpus-child.js", dist));
  const child = spawn(process.execPath, [script, JSON.stringify(job)], {
    stdio: ["ignore", "pipe", "inherit"],
    signal,
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0) throw new Error(`Cannot measure ${job.path}: the process ended with ${code}`);
  return JSON.parse(output) as CorpusMeasurement;
}

/** The embedded corpus, a document each. */
async function sourceTexts(): Promise<string[]> {
  const { shards } = await openCorpus({
    name: "embedded",
    source: { kind: "embedded", names: ["moby-dick", "sotu"] },
    field: "text",
    column: "text",
    holdout: 0,
  });
  const texts: string[] = [];
  for (const shard of shards) {
    for await (const { text } of shard.documents(0)) texts.push(text);
  }
  return texts;
}

/** The texts over and over, each with a number in front, so that no two documents are the same. */
function* endless(texts: readonly string[]): Generator<string> {
  for (let number = 0; ; number++) yield `${number}. ${texts[number % texts.length]!}`;
}

async function writeText(path: string, megabytes: number, texts: readonly string[]): Promise<void> {
  const file = createWriteStream(path, { highWaterMark: megabyte });
  let writtenBytes = 0;
  for (const text of endless(texts)) {
    if (writtenBytes >= megabytes * megabyte) break;
    writtenBytes += Buffer.byteLength(text) + 2;
    if (!file.write(`${text}\n\n`)) await once(file, "drain");
  }
  file.end();
  await once(file, "close");
}

async function writeJsonl(
  path: string,
  megabytes: number,
  texts: readonly string[],
): Promise<void> {
  const file = createWriteStream(path);
  const gzip = createGzip({ level: 1 });
  gzip.pipe(file);
  let writtenBytes = 0;
  for (const text of endless(texts)) {
    if (writtenBytes >= megabytes * megabyte) break;
    writtenBytes += Buffer.byteLength(text);
    if (!gzip.write(`${JSON.stringify({ text })}\n`)) await once(gzip, "drain");
  }
  gzip.end();
  await once(file, "close");
}

async function writeParquet(
  path: string,
  megabytes: number,
  texts: readonly string[],
): Promise<void> {
  const data: string[] = [];
  let writtenBytes = 0;
  for (const text of endless(texts)) {
    if (writtenBytes >= megabytes * megabyte) break;
    writtenBytes += Buffer.byteLength(text);
    data.push(text);
  }
  const columnData = [{ name: "text", data, type: "STRING" as const }];
  await writeFile(path, Buffer.from(parquetWriteBuffer({ columnData, rowGroupSize: 1000 })));
}
