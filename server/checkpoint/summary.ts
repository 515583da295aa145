/**
 * What a checkpoint's small files and its header tell, without reading a value: quick at any size, and also
 * for dtypes that cannot be computed with yet.
 */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { Lineage } from "../protocol/checkpoint";
import { checkpointNames } from "./checkpoint-names";
import { parseConfiguration, tieAuthority } from "./config-json";
import type { T5Configuration } from "./configuration";
import { readJson } from "./json";
import { files, isTokenizerFile } from "./layout";
import { parseLineage } from "./lineage-json";
import { parameterCount } from "./parameters";
import { recoverDirectory } from "../files/replace-directory";
import { openStoredTensors, type StoredTensor, type StoredTensors } from "./stored-tensors";

export interface CheckpointSummary {
  readonly directory: string;
  readonly configuration: T5Configuration;
  readonly lineage: Lineage | undefined;
  readonly parameters: number;
  /** Of all the folder's files, optimizer state included. */
  readonly sizeBytes: number;
  /** As stored, in the order of the bytes. */
  readonly tensors: readonly StoredTensor[];
  /** File names. */
  readonly tokenizerFiles: readonly string[];
  readonly hasOptimizer: boolean;
}

/**
 * @throws {SyntaxError} a file that is missing, damaged or incomplete
 * @throws {RangeError} not a T5 that we know
 */
export async function summarise(directory: string): Promise<CheckpointSummary> {
  await recoverDirectory(directory);
  const names = await checkpointNames(directory);
  return summariseWith(directory, {
    directory,
    names,
    openTensors: () => openStoredTensors(directory, names),
    sizeBytes: await totalBytes([...names].map((name) => join(directory, name))),
  });
}

export interface SummaryParts {
  /** What the summary calls it. */
  readonly directory: string;
  /** Of all files, wherever they are. */
  readonly names: ReadonlySet<string>;
  readonly openTensors: () => Promise<StoredTensors>;
  readonly sizeBytes: number;
}

/** As summarise(), of a checkpoint whose weights may be elsewhere; the folder has its small files. */
export async function summariseWith(
  folder: string,
  { directory, names, openTensors, sizeBytes }: SummaryParts,
): Promise<CheckpointSummary> {
  const path = (name: string) => join(folder, name);
  const config = await readJson(path(files.config));
  const stated = parseConfiguration(config, path(files.config));
  const weights = await openTensors();
  await weights.close();
  const headDecides = tieAuthority(config) === "file" && weights.shapes.has("lm_head.weight");
  const configuration = headDecides ? { ...stated, tie_word_embeddings: false } : stated;
  return {
    directory,
    configuration,
    lineage: names.has(files.lineage)
      ? parseLineage(await readJson(path(files.lineage)), path(files.lineage))
      : undefined,
    parameters: parameterCount(configuration),
    sizeBytes,
    tensors: [...weights.tensors.values()],
    tokenizerFiles: [...names].filter(isTokenizerFile).sort(),
    hasOptimizer: names.has(files.optimizer),
  };
}

async function totalBytes(paths: readonly string[]): Promise<number> {
  const stats = await Promise.all(paths.map((path) => stat(path)));
  return stats.reduce((sum, entry) => sum + (entry.isFile() ? entry.size : 0), 0);
}
