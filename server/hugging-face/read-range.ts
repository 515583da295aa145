/** A part of a file: from the cache where it is there, else from the Hub, without fetching the rest. */
import { open } from "node:fs/promises";
import { join } from "node:path";
import { HubError } from "./error";
import { sizeOfFile } from "./layout";
import { named, receive } from "./receive";
import type { HubFile, Repository } from "./repository";

export interface Part {
  readonly from: number;
  /** The byte behind the last. */
  readonly to: number;
  readonly signal?: AbortSignal | undefined;
}

/** @throws {HubError} neither has it */
export async function readRange(
  repository: Repository,
  file: HubFile,
  { from, to, signal }: Part,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(to - from);
  const path = join(repository.folder, file.path);
  if ((await sizeOfFile(path)) === file.sizeBytes) {
    await readLocal(path, bytes, from);
    return bytes;
  }
  if (repository.cachedBecause !== undefined) throw repository.cachedBecause;
  let done = 0;
  for await (const chunk of receive(repository, file, { from, to, signal })) {
    bytes.set(chunk, done);
    done += chunk.length;
  }
  if (done === bytes.length) return bytes;
  throw new HubError("damaged", `Cannot read ${named(repository, file)}: ${done} bytes came`);
}

async function readLocal(path: string, bytes: Uint8Array, from: number): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.read(bytes, 0, bytes.length, from);
  } finally {
    await handle.close();
  }
}
