/** Small corpora on disk, one for each format. */
import { writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { parquetWriteBuffer } from "hyparquet-writer";
import type { CorpusSettings } from "../../../server/data/settings";

export function corpusOf(globs: readonly string[], holdout = 0): CorpusSettings {
  return {
    name: "books",
    source: { kind: "files", globs },
    field: "text",
    column: "text",
    holdout,
  };
}

export const formats = ["txt", "txt.gz", "jsonl", "jsonl.gz", "parquet"] as const;
export type Format = (typeof formats)[number];

/** In a text file, where documents have no borders of their own, a blank line stands between them. */
export function writeDocuments(path: string, texts: readonly string[]): void {
  const format = formats.filter((ending) => path.endsWith(`.${ending}`)).at(-1);
  if (format === undefined) throw new RangeError(`Cannot write ${path}: unknown ending`);
  writeFileSync(path, encoders[format](texts));
}

const jsonl = (texts: readonly string[]): Buffer =>
  Buffer.from(texts.map((text) => `${JSON.stringify({ text })}\n`).join(""));
const plain = (texts: readonly string[]): Buffer => Buffer.from(texts.join("\n\n"));

const encoders: Readonly<Record<Format, (texts: readonly string[]) => Buffer>> = {
  txt: plain,
  "txt.gz": (texts) => gzipSync(plain(texts)),
  jsonl,
  "jsonl.gz": (texts) => gzipSync(jsonl(texts)),
  parquet: (texts) =>
    Buffer.from(
      parquetWriteBuffer({
        columnData: [
          { name: "id", data: texts.map((_, i) => i), type: "INT32" },
          { name: "text", data: [...texts], type: "STRING" },
        ],
        rowGroupSize: 7,
      }),
    ),
};
