/** Globs to files, and each file's format by its extension. */
import { stat } from "node:fs/promises";
import { glob } from "tinyglobby";
import type { Document, Shard } from "./documents";
import { isGzip } from "./byte-stream";
import { jsonlDocuments } from "./jsonl-file";
import { parquetDocuments } from "./parquet-file";
import { segmentBorder, segmentsOf } from "./segments";
import type { CorpusSettings } from "./settings";
import { textDocuments } from "./text-file";

/** From `offset` on; `end`: where the segment ends that is read. */
type Reader = (
  path: string,
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
    read: (path, _, offset, end) => textDocuments(path, offset, end),
    segments: "characters",
  },
  {
    ending: /\.(jsonl|ndjson|json)(\.gz)?$/i,
    read: (path, { field }, offset, end) => jsonlDocuments(path, field, offset, end),
    segments: "lines",
  },
  {
    ending: /\.parquet$/i,
    read: (path, { column }, offset) => parquetDocuments(path, column, offset),
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
  const matches = await Promise.all(globs.map((pattern) => filesOf(pattern, settings)));
  const paths = [...new Set(matches.flat())].sort();
  return (await Promise.all(paths.map((path) => shardsOf(path, settings)))).flat();
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
  const format = formats.find(({ ending }) => ending.test(path));
  if (format === undefined) {
    throw new RangeError(
      `Cannot read corpus "${settings.name}": the format of ${path} is unknown; ${allowed}`,
    );
  }
  const { size } = await stat(path);
  if (size === 0) {
    throw new RangeError(
      `Cannot read corpus "${settings.name}": ${path} is empty; fill it or leave it out of \`files\``,
    );
  }
  const { read, segments } = format;
  if (segments === undefined || isGzip(path)) {
    const documents = (offset: number) => read(path, settings, offset);
    return [{ name: path, sizeBytes: size, documents }];
  }
  return segmentsOf(size).map((segment) => ({
    name: path,
    sizeBytes: segment.end - segment.start,
    async *documents(offset: number) {
      const start = offset === 0 ? await segmentBorder(path, segment.start, segments) : offset;
      const end = segment.end === size ? size : await segmentBorder(path, segment.end, segments);
      yield* read(path, settings, start, end);
    },
  }));
}
