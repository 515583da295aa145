/** A plain text file (or .gz) as documents of about 4 KiB, cut at blank lines. */
import { type ByteFile, byteChunks } from "./byte-stream";
import { type Document, documentLength, mostBytes } from "./documents";
import { utf8Fault } from "./utf8";

const byteOrderMark = Buffer.from("\ufeff");

/** Offsets and `end` are bytes of the unpacked file. @throws {SyntaxError} a byte is not UTF-8 */
export async function* textDocuments(
  file: ByteFile,
  offset: number,
  end?: number,
): AsyncGenerator<Document> {
  let start = offset;
  let bytes: Buffer = Buffer.alloc(0);
  const cut = (length: number): Document => {
    const fault = utf8Fault(bytes.subarray(0, length), start);
    if (fault !== undefined)
      throw new SyntaxError(`Cannot read corpus file ${file.name}: ${fault}`);
    const document = { text: bytes.toString("utf8", 0, length), offset: start };
    bytes = bytes.subarray(length);
    start += length;
    return document;
  };
  for await (const chunk of byteChunks(file, offset, end)) {
    bytes = Buffer.concat([bytes, chunk]);
    if (start === 0 && bytes.subarray(0, 3).equals(byteOrderMark)) {
      bytes = bytes.subarray(3);
      start = 3;
    }
    while (bytes.length > mostBytes) yield cut(documentLength(bytes));
  }
  while (bytes.length > 0) yield cut(documentLength(bytes));
}
