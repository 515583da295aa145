import { type FileHandle, open } from "node:fs/promises";

/**
 * A file that only grows at its end. Appended bytes wait in memory until `flush()`. After a failed write (a full
 * disk) nothing is lost: the next `flush()` writes the same bytes at the same place.
 */
export class AppendFile {
  private pending: Uint8Array[] = [];
  private pendingBytes = 0;

  private constructor(
    private readonly handle: FileHandle,
    private end: number,
  ) {}

  /** Opens it, or makes it; its last byte must be whole (see the repair functions beside this file). */
  static async open(file: string): Promise<AppendFile> {
    const handle = await open(file, "a+").then(async (made) => {
      await made.close();
      return open(file, "r+");
    });
    return new AppendFile(handle, (await handle.stat()).size);
  }

  /** Bytes that wait for `flush()`. */
  get waitingBytes(): number {
    return this.pendingBytes;
  }

  /** Whether the file has neither written nor waiting bytes. */
  get isEmpty(): boolean {
    return this.end + this.pendingBytes === 0;
  }

  append(bytes: Uint8Array): void {
    this.pending.push(bytes);
    this.pendingBytes += bytes.byteLength;
  }

  async flush(): Promise<void> {
    if (this.pendingBytes === 0) return;
    const bytes = Buffer.concat(this.pending);
    this.pending = [bytes];
    for (let written = 0; written < bytes.byteLength;) {
      const left = bytes.byteLength - written;
      written += (await this.handle.write(bytes, written, left, this.end + written)).bytesWritten;
    }
    this.end += bytes.byteLength;
    this.pending = [];
    this.pendingBytes = 0;
  }

  /** Flushes, and returns once the bytes are on the disk itself. */
  async sync(): Promise<void> {
    await this.flush();
    await this.handle.datasync();
  }

  /** Waiting bytes are flushed; the file is closed even where that fails. */
  async close(): Promise<void> {
    try {
      await this.flush();
    } finally {
      await this.handle.close();
    }
  }
}
