/** From a recipe's corpus to its shards, in an order that depends on nothing but the corpus. */
import { createHash } from "node:crypto";
import { fileShards } from "./corpus-files";
import type { Shard } from "./documents";
import { embeddedShards } from "./embedded";
import type { CorpusSettings } from "./settings";

export interface Corpus {
  readonly settings: CorpusSettings;
  readonly shards: readonly Shard[];
  /** Of the shards' names and sizes; a data cursor is valid for the corpus it came from. */
  readonly fingerprint: string;
}

/** @throws {RangeError} a glob matches nothing, or a file cannot be a corpus */
export async function openCorpus(settings: CorpusSettings): Promise<Corpus> {
  const shards = await shardsOf(settings);
  const lines = shards.map(
    ({ name, sizeBytes }) => `${name.replace(/^.*[\\/]/, "")} ${sizeBytes}\n`,
  );
  const fingerprint = createHash("sha256").update(lines.join("")).digest("hex").slice(0, 16);
  return { settings, shards, fingerprint };
}

function shardsOf(settings: CorpusSettings): Promise<Shard[]> {
  const { source } = settings;
  return source.kind === "embedded"
    ? embeddedShards(source.names)
    : fileShards(source.globs, settings);
}
