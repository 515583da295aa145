/** What a corpus is made of: shards, which are read from the front, and the documents in them. */

export interface Document {
  readonly text: string;
  /** Where it starts in its shard, in the shard's own unit (bytes, rows); reading can begin here again. */
  readonly offset: number;
}

export interface Shard {
  /** A file's path, or a name to show. */
  readonly name: string;
  readonly sizeBytes: number;
  /** A hash of the content, where it is known without reading it. */
  readonly content?: string;
  /** The documents from `offset` on, which is 0 or a document's offset. */
  documents(offset: number): AsyncIterable<Document>;
}

const wantedBytes = 4096;
export const mostBytes = 8192;

/**
 * Length in bytes of the first document of a text: up to the first blank line after 4 KiB; where none comes before
 * 8 KiB, up to the last line end, space or whole character there. So one big file has documents to hold out.
 * `bytes` are the rest of the text, or more than 8 KiB of it.
 */
export function documentLength(bytes: Buffer): number {
  if (bytes.length <= wantedBytes) return bytes.length;
  const tail = bytes.subarray(wantedBytes, mostBytes);
  const blank = firstBlankLine(tail);
  if (blank >= 0) return wantedBytes + blank;
  if (bytes.length <= mostBytes) return bytes.length;
  for (const byte of [lineEnd, space]) {
    const last = tail.lastIndexOf(byte);
    if (last >= 0) return wantedBytes + last + 1;
  }
  let length = mostBytes;
  while (length > mostBytes - 4 && isContinuation(bytes[length])) length--;
  return length;
}

const lineEnd = 0x0a;
const space = 0x20;

/** Index behind the first empty line, with either kind of line end; -1: there is none. */
function firstBlankLine(bytes: Buffer): number {
  const ends = ["\n\n", "\n\r\n"].map((text) => {
    const index = bytes.indexOf(text);
    return index < 0 ? Infinity : index + text.length;
  });
  const first = Math.min(...ends);
  return first === Infinity ? -1 : first;
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}
