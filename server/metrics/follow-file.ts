/**
 * Reads on in a file of records that grows, and notices where it is no longer the file that was read: a resumed stage
 * cuts its files back to the checkpoint and records on, and they may have outgrown their old end before anybody looks.
 *
 * A cursor holds the bytes and records read, and a checksum of the last bytes before it (see file-tail.ts). A follower
 * also keeps marks further back: where the cursor no longer holds, it goes back to the last mark that does.
 */
import { type FileHandle, open } from "node:fs/promises";
import { tailAt } from "./file-tail";
import { ignoreMissing } from "./missing-file";

export interface FileCursor {
  readonly bytes: number;
  readonly records: number;
  /** CRC-32 of the last bytes before `bytes`. */
  readonly tail: number;
}

export interface FileChunk<Content> {
  /** Number of the first record; less than the cursor's where the file has been cut. */
  readonly first: number;
  readonly count: number;
  readonly content: Content;
  readonly cursor: FileCursor;
  /** Nothing whole is left to read. */
  readonly caughtUp: boolean;
  /** Of the file as it is now, how much has been read: 0 to 1. */
  readonly share: number;
}

/** What stands in a file from a byte on, as much as is handy at once. */
export interface Reading<Content> {
  readonly content: Content;
  /** Records in it. */
  readonly count: number;
  /** Byte after the last whole record. */
  readonly end: number;
  readonly atEnd: boolean;
}

export interface FollowedFile<Content> {
  readonly file: string;
  readonly readOn: (handle: FileHandle, start: number) => Promise<Reading<Content>>;
  /** Content without a record. */
  readonly nothing: Content;
}

export const fileStart: FileCursor = { bytes: 0, records: 0, tail: 0 };
const betweenMarks = 64 * 1024;

export class FileFollower<Content> {
  private readonly marks: FileCursor[];

  constructor(
    private readonly source: FollowedFile<Content>,
    private cursor: FileCursor = fileStart,
  ) {
    this.marks = [fileStart, cursor];
  }

  /** No record: what there is to say of a file whose end has been reached. */
  get atEnd(): FileChunk<Content> {
    const { cursor, source } = this;
    const { records: first } = cursor;
    return { first, count: 0, content: source.nothing, cursor, caughtUp: true, share: 1 };
  }

  /** The next records; undefined where nothing has changed. */
  async next(): Promise<FileChunk<Content> | undefined> {
    const handle = await ignoreMissing(open(this.source.file, "r"));
    if (handle === undefined) return this.goneBack(fileStart);
    try {
      const from = await this.standing(handle);
      const { content, count, end, atEnd } = await this.source.readOn(handle, from.bytes);
      if (count === 0 && atEnd) return this.goneBack(from);
      const tail = await tailAt(handle, end);
      // Cut while it was read: the next look finds where it stands.
      if (tail === undefined) return await this.next();
      this.moveTo({ bytes: end, records: from.records + count, tail });
      const share = atEnd ? 1 : end / (await handle.stat()).size;
      return { first: from.records, count, content, cursor: this.cursor, caughtUp: atEnd, share };
    } finally {
      await handle.close();
    }
  }

  /** A file that was cut and has not grown again: the reader must hear of it all the same. */
  private goneBack(to: FileCursor): FileChunk<Content> | undefined {
    if (to.records === this.cursor.records) return undefined;
    this.moveTo(to);
    return this.atEnd;
  }

  private moveTo(cursor: FileCursor): void {
    while (this.marks.length > 1 && this.marks.at(-1)!.bytes > cursor.bytes) this.marks.pop();
    if (cursor.bytes - this.marks.at(-1)!.bytes >= betweenMarks) this.marks.push(cursor);
    this.cursor = cursor;
  }

  /** The cursor, or the last mark, up to which the file is still what was read. */
  private async standing(handle: FileHandle): Promise<FileCursor> {
    const holds = async ({ bytes, tail }: FileCursor): Promise<boolean> =>
      (await tailAt(handle, bytes)) === tail;
    if (await holds(this.cursor)) return this.cursor;
    let [least, most] = [0, this.marks.length - 1];
    while (least < most) {
      const middle = Math.ceil((least + most) / 2);
      if (await holds(this.marks[middle]!)) least = middle;
      else most = middle - 1;
    }
    return this.marks[least]!;
  }
}

/** As viewers keep it. */
export function cursorText({ bytes, records, tail }: FileCursor): string {
  return `${bytes}.${records}.${tail}`;
}

/** The beginning, where the text is none of ours. */
export function parseCursor(text: string | undefined): FileCursor {
  const match = /^(\d{1,15})\.(\d{1,15})\.(\d{1,10})$/.exec(text ?? "");
  if (match === null) return fileStart;
  return { bytes: Number(match[1]), records: Number(match[2]), tail: Number(match[3]) };
}
