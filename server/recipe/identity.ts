/**
 * What stands for the content of files when asking whether a stage's inputs have changed.
 *
 * Up to `hashedBytes` a corpus is hashed, so that a copied or freshly checked-out folder is the same corpus.
 * Beyond that, reading it all would delay every start by minutes: there names, sizes and times of change stand for
 * it, which may run a stage once too often but never once too seldom.
 */
import { createHash } from "node:crypto";
import type { Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { openCorpus } from "../data/corpus";
import { loadTokenizer } from "../data/load-tokenizer";
import type { CorpusSettings } from "../data/settings";
import type { Identities } from "./graph";
import { canonical } from "./graph";
import type { ResolvedStage } from "./resolve";

export const hashedBytes = 256 * 1024 * 1024;

/** Reads every file that the stages depend on. @throws {RangeError} one cannot be read */
export async function identify(stages: readonly ResolvedStage[]): Promise<Identities> {
  const corpora = new Map<string, string>();
  const tokenizers = new Map<string, string>();
  const checkpoints = new Map<string, string>();
  for (const stage of stages) {
    if (stage.kind === "import") {
      const { directory, reference } = stage;
      // A commit says all; it need not have been fetched.
      checkpoints.set(directory, reference ?? (await checkpointIdentity(directory)));
      continue;
    }
    const text = stage.kind === "train" ? stage.settings : stage.text;
    if (text === undefined) continue;
    const key = canonical(text.corpus);
    if (!corpora.has(key)) corpora.set(key, await corpusIdentity(text.corpus));
    if (!tokenizers.has(text.tokenizer)) {
      tokenizers.set(text.tokenizer, (await loadTokenizer(text.tokenizer)).sha256);
    }
  }
  return {
    corpus: (corpus) => known(corpora, canonical(corpus)),
    tokenizer: (spec) => known(tokenizers, spec),
    checkpoint: (directory) => known(checkpoints, directory),
  };
}

function known(identities: ReadonlyMap<string, string>, key: string): string {
  const identity = identities.get(key);
  if (identity === undefined) throw new RangeError(`Cannot identify ${key}: it was not read`);
  return identity;
}

export async function corpusIdentity(corpus: CorpusSettings): Promise<string> {
  const { shards, fingerprint } = await openCorpus(corpus);
  if (corpus.source.kind === "embedded") return `embedded ${fingerprint}`;
  const hosted = shards.flatMap(({ content = [] }) => content);
  const local = shards.filter(({ content }) => content === undefined);
  const identity = await filesIdentity(local.map(({ name }) => name));
  return hosted.length === 0 ? identity : `${identity} ${hosted.join(" ")}`;
}

async function checkpointIdentity(directory: string): Promise<string> {
  const names = await readdir(directory).catch((cause: unknown) => {
    throw new RangeError(`Cannot import ${directory}: it is no folder that can be read`, { cause });
  });
  const counted = names.filter((name) => /\.(json|safetensors|model)$/.test(name)).sort();
  return filesIdentity(counted.map((name) => join(directory, name)));
}

async function filesIdentity(paths: readonly string[]): Promise<string> {
  const files = await Promise.all(paths.map(async (path) => ({ path, ...pick(await stat(path)) })));
  const total = files.reduce((sum, { size }) => sum + size, 0);
  const hash = createHash("sha256");
  for (const { path, size, mtimeMs } of files) {
    hash.update(`${basename(path)} ${size}\n`);
    if (total > hashedBytes) hash.update(`${mtimeMs}\n`);
    else await hashFile(path, hash);
  }
  return hash.digest("hex");
}

function pick({ size, mtimeMs }: { size: number; mtimeMs: number }) {
  return { size, mtimeMs };
}

async function hashFile(path: string, hash: Hash): Promise<void> {
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) hash.update(chunk);
}
