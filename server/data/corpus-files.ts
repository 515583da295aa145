/** Globs to files, and each file's format by its extension. */
import { stat } from "node:fs/promises";
import { glob } from "tinyglobby";
import type { Document, Shard } from "./documents";
import { jsonlDocuments } from "./jsonl-file";
import { parquetDocuments } from "./parquet-file";
import type { CorpusSettings } from "./settings";
import { textDocuments } from "./text-file";

type Reader = (path: string, offset: number, settings: CorpusSettings) => AsyncIterable<Document>;

const text: Reader = (path, offset) => textDocuments(path, offset);
const jsonl: Reader = (path, offset, { field }) => jsonlDocuments(path, field, offset);
const parquet: Reader = (path, offset, { column }) => parquetDocuments(path, column, offset);

const readers: readonly { readonly ending: RegExp; readonly read: Reader }[] = [
  { ending: /\.(txt|md)(\.gz)?$/i, read: text },
  { ending: /\.(jsonl|ndjson|json)(\.gz)?$/i, read: jsonl },
  { ending: /\.parquet$/i, read: parquet },
];

const allowed =
  "a corpus is text (.txt, .md), one JSON object a line (.jsonl, .ndjson, .json), either also as .gz, or .parquet";

/**
 * Sorted by path, each file once.
 * @throws {RangeError} a glob matches nothing, or a file is empty or of another kind
 */
export async function fileShards(
  globs: readonly string[],
  settings: CorpusSettings,
): Promise<Shard[]> {
  const matches = await Promise.all(globs.map((pattern) => filesOf(pattern, settings)));
  const paths = [...new Set(matches.flat())].sort();
  return Promise.all(paths.map((path) => fileShard(path, settings)));
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

async function fileShard(path: string, settings: CorpusSettings): Promise<Shard> {
  const reader = readers.find(({ ending }) => ending.test(path));
  if (reader === undefined) {
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
  return {
    name: path,
    sizeBytes: size,
    documents: (offset) => reader.read(path, offset, settings),
  };
}
