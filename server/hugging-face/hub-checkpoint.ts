/**
 * A checkpoint on the Hub: which of the repository's files it is made of; its small files and the headers of its
 * weights at once, which is enough to judge it; and all of it, once it is wanted.
 */
import { join } from "node:path";
import { type Checkpoint, openHeaders } from "../checkpoint/checkpoint";
import { files as names, isTokenizerFile } from "../checkpoint/layout";
import { openRangeTensors } from "../checkpoint/range-tensors";
import { readWeightMap } from "../checkpoint/shard-index";
import type { StoredTensors } from "../checkpoint/stored-tensors";
import { HubError } from "./error";
import { fetchFiles, type FetchFilesOptions } from "./fetch-files";
import type { Hub } from "./hub";
import { named } from "./receive";
import { readRange } from "./read-range";
import { formatReference, parseReference } from "./reference";
import { type HubFile, listRepository, openRepository, type Repository } from "./repository";
import { byteText } from "./transfer";

export interface HubCheckpoint {
  readonly repository: Repository;
  /** "hf://owner/name@commit". */
  readonly name: string;
  /** Holds the small files. */
  readonly folder: string;
  /** One, or shards in the order of their names. */
  readonly weights: readonly HubFile[];
  /** All of it. */
  readonly files: readonly HubFile[];
}

export interface HubOptions {
  readonly hub: Hub;
  /** The commit of an earlier look. */
  readonly known?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Beyond this it is not what its name says. */
const mostSmallBytes = 128 * 2 ** 20;

/**
 * Fetches the small files only.
 * @throws {SyntaxError} `text` is no reference
 * @throws {HubError} there is no such checkpoint, or it cannot be had
 */
export async function openHubCheckpoint(
  text: string,
  { hub, known, signal }: HubOptions,
): Promise<HubCheckpoint> {
  const reference = parseReference(text, "model");
  const repository = await openRepository(hub, reference, { known, signal });
  const listed = await listRepository(repository, { signal });
  const refuse = (reason: string) =>
    repository.cachedBecause ??
    new HubError("unusable", `Cannot open ${formatReference(reference)}: ${reason}`);
  if (!listed.has(names.config))
    throw refuse(`it has no ${names.config}, so it is no model of transformers`);
  checkWeights(listed, refuse);
  const small = [...listed.values()].filter(({ path }) => isSmall(path));
  const large = small.find(({ sizeBytes }) => sizeBytes > mostSmallBytes);
  if (large !== undefined) {
    throw refuse(`its ${large.path} has ${byteText(large.sizeBytes)}, and such a file is small`);
  }
  const folder = await fetchFiles(repository, small, { signal });
  const weights = await weightsOf(repository, listed);
  const training = [names.optimizer, names.trainer].flatMap((name) => listed.get(name) ?? []);
  return {
    repository,
    name: formatReference(reference, repository.commit),
    ...{ folder, weights, files: [...small, ...training, ...weights] },
  };
}

/** What can be judged by, before a weight is fetched. */
function isSmall(path: string): boolean {
  const wanted: readonly string[] = [
    names.config,
    names.generation,
    names.lineage,
    names.shardIndex,
    names.card,
  ];
  return wanted.includes(path) || isTokenizerFile(path);
}

function checkWeights(
  listed: ReadonlyMap<string, HubFile>,
  refuse: (reason: string) => HubError,
): void {
  if (listed.has(names.weights) || listed.has(names.shardIndex)) return;
  const pickle = [...listed.keys()].find((path) => /\.(bin|pt|pth|ckpt|h5|msgpack)$/.test(path));
  if (pickle === undefined) throw refuse(`it has no ${names.weights}`);
  throw refuse(
    `it has ${pickle} but no ${names.weights}; such files are never read, because they can run code: load it with ` +
      "transformers and save it with save_pretrained, or name the pull request that converts it, as in @refs/pr/1",
  );
}

/** @throws {SyntaxError} the index is none; @throws {HubError} it names what is not there */
async function weightsOf(
  repository: Repository,
  listed: ReadonlyMap<string, HubFile>,
): Promise<readonly HubFile[]> {
  const whole = listed.get(names.weights);
  if (whole !== undefined) return [whole];
  const path = join(repository.folder, names.shardIndex);
  const shards = new Set((await readWeightMap(path)).values());
  return [...shards].sort().map((name) => {
    const shard = listed.get(name);
    if (shard !== undefined) return shard;
    if (repository.cachedBecause !== undefined) throw repository.cachedBecause;
    throw new HubError(
      "unusable",
      `Cannot open ${formatReference(repository.reference)}: its index names ${name}, which it has not; is its upload complete?`,
    );
  });
}

/** With the headers of its weights alone; values cannot be read. @throws as openCheckpoint() */
export function openHubHeaders(
  checkpoint: HubCheckpoint,
  signal?: AbortSignal,
): Promise<Checkpoint> {
  return openHeaders(checkpoint.folder, () => openHubTensors(checkpoint, signal));
}

export async function openHubTensors(
  { repository, folder, weights }: HubCheckpoint,
  signal?: AbortSignal,
): Promise<StoredTensors> {
  const ranges = weights.map((file) => ({
    name: file.path,
    path: named(repository, file),
    sizeBytes: file.sizeBytes,
    read: (from: number, to: number) => readRange(repository, file, { from, to, signal }),
  }));
  if (weights[0]?.path === names.weights) return openRangeTensors(ranges);
  const path = join(folder, names.shardIndex);
  return openRangeTensors(ranges, { path, weightMap: await readWeightMap(path) });
}

/** The folder that then holds all of it. @throws {HubError} it cannot be had whole */
export function fetchHubCheckpoint(
  { repository, files }: HubCheckpoint,
  options: FetchFilesOptions,
): Promise<string> {
  return fetchFiles(repository, files, options);
}
