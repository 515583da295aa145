/**
 * Some space of the disk that a run keeps for itself: given away when the disk is full, it holds the record that says
 * so. Without it nobody could tell a run that waits from one that works.
 */
import { rm, writeFile } from "node:fs/promises";
import { isDiskFull } from "../files/system-reason";

/** More than any run.json. */
const spareBytes = 64 * 1024;

export class SpareSpace {
  private kept = false;

  constructor(private readonly file: string) {}

  /** Runs `write`, once more with the spare space where the disk is full. @throws {Error} what `write` throws */
  async writing(write: () => Promise<void>): Promise<void> {
    try {
      await write();
    } catch (error) {
      if (!this.kept || !isDiskFull(error)) throw error;
      await this.give();
      await write();
      return;
    }
    if (!this.kept) await this.keep();
  }

  async give(): Promise<void> {
    this.kept = false;
    await rm(this.file, { force: true });
  }

  /** Of random bytes there is no smaller copy, whatever the file system does. */
  private async keep(): Promise<void> {
    try {
      await writeFile(this.file, crypto.getRandomValues(new Uint8Array(spareBytes)));
      this.kept = true;
    } catch {
      // No space to spare: what is half written would be in the way.
      await this.give();
    }
  }
}
