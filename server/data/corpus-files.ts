/** Globs to files, and each file's format by its extension. */
import { stat } from "node:fs/promises";
import { glob } from "tinyglobby";
import type { Document, Shard } from "./documents";
import { isHubReference } from "../hugging-face/reference";
import { type ByteFile, isGzip, localFile } from "./byte-stream";
import { hubFiles } from "./hub-files";
import { jsonlDocuments } from "./jsonl-file";
import { segmentBorder, segmentsOf } from "./segments";
import type { CorpusSettings } from "./settings";
import { textDocuments } from "./text-file";

/** From `offset` on; `end`: where the segment ends that is read. */
type Reader = (
  file: ByteFile,
  settings: CorpusSettings,
  offset: number,
  end?: number,
) => AsyncIterable<Document>;

interface Format {
  readonly ending: RegExp;
  readonly read: Reader;
  /** Where big files may be taken apart. */
  readonly segments?: "lines" | "characters";
}

const formats: readonly Format[] = [
  {
    ending: /\.(txt|md)(\.gz)?$/i,
    read: (file, _, offset, end) => textDocuments(file, offset, end),
    segments: "characters",
  },
  {
    ending: /\.(jsonl|ndjson|json)(\.gz)?$/i,
    read: (file, { field }, offset, end) => jsonlDocuments(file, field, offset, end),
    segments: "lines",
  },
  {
    ending: /\.parquet$/i,
    // What unpacks it is large, and most corpora are text.
    async *read(file, { column }, offset) {
      const { parquetDocuments } = await import("./parquet-file");
      yield* parquetDocuments(file, column, offset);
    },
  },
];

const allowed =
  "a corpus is text (.txt, .md), one JSON object a line (.jsonl, .ndjson, .json), either also as .gz, or .parquet";

/**
 * Sorted by path, each file once; big files in several shards.
 * @throws {RangeError} a glob matches nothing, or a file is empty or of another kind
 */
export async function fileShards(
  globs: readonly string[],
  settings: CorpusSettings,
): Promise<Shard[]> {
  const local = globs.filter((pattern) => !isHubReference(pattern));
  const matches = await Promise.all(local.map((pattern) => filesOf(pattern, settings)));
  const paths = [...new Set(matches.flat())].sort();
  const shards = await Promise.all(paths.map((path) => shardsOf(path, settings)));
  const hosted = await hubFiles(globs.filter(isHubReference), settings.name);
  return [...shards.flat(), ...hosted.map((file) => wholeShard(file, settings))];
}

async function filesOf(pattern: string, { name }: CorpusSettings): Promise<string[]> {
  const found = await stat(pattern).catch(() => undefined);
  if (found?.isFile() === true) return [pattern];
  if (found?.isDirectory() === true) {
    throw new RangeError(
      `Cannot read corpus "${name}": ${pattern} is a folder; name its files, as in ${pattern}/*.txt`,
    );
  }
  const paths = await glob(pattern, { absolute: true, expandDirectories: false });
  if (paths.length > 0) return paths;
  throw new RangeError(
    `Cannot read corpus "${name}": no file matches ${pattern}; correct \`files\` or put the text there`,
  );
}

async function shardsOf(path: string, settings: CorpusSettings): Promise<Shard[]> {
  const { size } = await stat(path);
  const file = localFile(path);
  const { read, segments } = formatOf(path, size, settings);
  if (segments === undefined || isGzip(path)) {
    return [wholeShard({ ...file, sizeBytes: size }, settings)];
  }
  return segmentsOf(size).map((segment) => ({
    name: path,
    sizeBytes: segment.end - segment.start,
    async *documents(offset: number) {
      const start = offset === 0 ? await segmentBorder(path, segment.start, segments) : offset;
      const end = segment.end === size ? size : await segmentBorder(path, segment.end, segments);
      yield* read(file, settings, start, end);
    },
  }));
}

function wholeShard(
  { content, ...file }: ByteFile & { readonly sizeBytes: number; readonly content?: string },
  settings: CorpusSettings,
): Shard {
  const { name, sizeBytes } = file;
  const { read } = formatOf(name, sizeBytes, settings);
  const documents = (offset: number) => read(file, settings, offset);
  return { name, sizeBytes, documents, ...(content !== undefined && { content }) };
}

function formatOf(name: string, sizeBytes: number, settings: CorpusSettings): Format {
  const format = formats.find(({ ending }) => ending.test(name));
  if (format === undefined) {
    throw new RangeError(
      `Cannot read corpus "${settings.name}": the format of ${name} is unknown; ${allowed}`,
    );
  }
  if (sizeBytes > 0) return format;
  throw new RangeError(
    `Cannot read corpus "${settings.name}": ${name} is empty; fill it or leave it out of \`files\``,
  );
}
