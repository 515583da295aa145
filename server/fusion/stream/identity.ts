/**
 * Which parents are the same model, told from a few values of each tensor where they differ there, so that gigabytes
 * need not be hashed before the first byte is written; where they agree, the whole is hashed first.
 */
import { createHash } from "node:crypto";
import { readFloats, Scratch } from "../../checkpoint/read-values";
import { sizeOf, type StoredSource } from "../../checkpoint/tensor-source";
import type { Crew } from "./crew";
import { placedTensor } from "./write-child";

const sampledValues = 256;

/** Hashes of whole checkpoints, each computed once. */
export class ParentHashes {
  private readonly hashes = new Map<StoredSource, Promise<string>>();

  constructor(private readonly crew: Crew) {}

  /** As weightsSha256(). */
  of(source: StoredSource): Promise<string> {
    const hash = this.hashes.get(source) ?? this.start(source);
    this.hashes.set(source, hash);
    return hash;
  }

  /** Equal for parents with the same weights, different for others. */
  async identities(sources: readonly StoredSource[]): Promise<readonly string[]> {
    const samples = sources.map(sampleOf);
    return Promise.all(
      samples.map(async (sample, i) => {
        const isAlone = samples.every((other, j) => i === j || other !== sample);
        return isAlone ? sample : this.of(sources[i]!);
      }),
    );
  }

  private start(source: StoredSource): Promise<string> {
    const names = [...source.shapes.keys()].sort();
    return this.crew.run({
      kind: "hash",
      tensors: names.map((name) => placedTensor(source, name)),
    });
  }
}

function sampleOf(source: StoredSource): string {
  const scratch = new Scratch();
  const hash = createHash("sha256");
  for (const [name, shape] of source.shapes) {
    const range = { first: 0, count: Math.min(sampledValues, sizeOf(shape)) };
    const values = readFloats(source.place(name), range, scratch);
    hash.update(`${name}\0${shape.join()}\0`).update(values);
  }
  return `sampled ${hash.digest("hex")}`;
}
