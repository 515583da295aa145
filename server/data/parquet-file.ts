/** Parquet: one column is the documents' text; a row group, or less of it, is in memory at a time. */
import {
  type AsyncBuffer,
  asyncBufferFromFile,
  type FileMetaData,
  parquetMetadataAsync,
  parquetReadObjects,
  parquetSchema,
} from "hyparquet";
import { compressors } from "hyparquet-compressors";
import type { ByteFile } from "./byte-stream";
import type { Document } from "./documents";

/** Rows that are unpacked at once where the file's index allows less than a row group. */
const rowsAtOnce = 4096;

/**
 * Offsets are row numbers. Rows without text are passed over.
 * @throws {SyntaxError} the file is not Parquet, or has no text in `column`
 */
export async function* parquetDocuments(
  { name: path, whole }: ByteFile,
  column: string,
  offset: number,
): AsyncGenerator<Document> {
  const file = await asyncBufferFromFile(await whole());
  const metadata = await readable(path, parquetMetadataAsync(file));
  checkColumn(path, metadata, column);
  for (const range of ranges(metadata, column, offset)) {
    const texts = await readable(path, readColumn(file, metadata, column, range));
    for (const [i, text] of texts.entries()) {
      const row = range.rowStart + i;
      if (text === null || text === undefined || text === "") continue;
      if (typeof text !== "string") {
        throw new SyntaxError(
          `Cannot read corpus file ${path}, row ${row + 1}: column "${column}" is no text but ${typeof text}; name a column of text in the corpus's \`column\``,
        );
      }
      yield { text, offset: row };
    }
  }
}

interface Rows {
  readonly rowStart: number;
  readonly rowEnd: number;
}

/** Row groups from `offset` on, in pieces where an offset index lets a piece be read alone. */
function* ranges(metadata: FileMetaData, column: string, offset: number): Generator<Rows> {
  let groupStart = 0;
  for (const group of metadata.row_groups) {
    const groupEnd = groupStart + Number(group.num_rows);
    const chunk = group.columns.find(({ meta_data }) => meta_data?.path_in_schema[0] === column);
    const most = chunk?.offset_index_offset === undefined ? Infinity : rowsAtOnce;
    for (let rowStart = Math.max(groupStart, offset); rowStart < groupEnd; rowStart += most) {
      yield { rowStart, rowEnd: Math.min(groupEnd, rowStart + most) };
    }
    groupStart = groupEnd;
  }
}

async function readColumn(
  file: AsyncBuffer,
  metadata: FileMetaData,
  column: string,
  rows: Rows,
): Promise<unknown[]> {
  const columns = [column];
  const read = { file, metadata, columns, compressors, useOffsetIndex: true, ...rows };
  return (await parquetReadObjects(read)).map((row): unknown => row[column]);
}

function checkColumn(path: string, metadata: FileMetaData, column: string): void {
  const names = parquetSchema(metadata).children.map(({ element }) => element.name);
  if (names.includes(column)) return;
  throw new SyntaxError(
    `Cannot read corpus file ${path}: it has no column "${column}", ` +
      `only ${names.map((name) => `"${name}"`).join(", ")}; set the corpus's \`column\``,
  );
}

async function readable<T>(path: string, reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new SyntaxError(
      `Cannot read corpus file ${path}: it is no sound Parquet (${reason}); ` +
        "fetch it again, or leave it out of the corpus's `files`",
      { cause: error },
    );
  }
}
