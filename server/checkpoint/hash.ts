/**
 * One hash for a checkpoint's weights, whatever the file around them looks like: SHA-256 over name, dtype,
 * shape and little-endian bytes of each tensor, by name in code-unit order. Shards, header layout and
 * alignment do not change it.
 */
import { createHash } from "node:crypto";
import type { TensorSource } from "./tensor-source";

/** Lower-case hexadecimal. Reads one tensor at a time. */
export async function weightsSha256(source: TensorSource, signal?: AbortSignal): Promise<string> {
  const hash = createHash("sha256");
  for (const name of [...source.shapes.keys()].sort()) {
    signal?.throwIfAborted();
    const shape = source.shapes.get(name) ?? [];
    const values = await source.read(name);
    hash.update(hashedHeading(name, shape));
    hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }
  return hash.digest("hex");
}

/** What stands before a tensor's values, which are hashed as float32. */
export function hashedHeading(name: string, shape: readonly number[]): string {
  return `${name}\0F32\0${shape.join(",")}\0`;
}
