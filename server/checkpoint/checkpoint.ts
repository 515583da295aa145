/** Opens a checkpoint in Hugging Face's layout and checks that it is a whole T5. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Lineage } from "../protocol/checkpoint";
import type { CarriedTensor } from "./carried-tensors";
import { checkpointNames } from "./checkpoint-names";
import { parseConfiguration, tieAuthority } from "./config-json";
import type { T5Configuration } from "./configuration";
import { type JsonObject, readJson, readJsonObject } from "./json";
import { readCard } from "./read-card";
import { files, isTokenizerFile } from "./layout";
import { parseLineage } from "./lineage-json";
import { recoverDirectory } from "../files/replace-directory";
import { openSafetensors } from "./safetensors";
import { openStoredTensors, type StoredTensors } from "./stored-tensors";
import { storedWeights } from "./stored-weights";
import type { StoredSource, TensorSource } from "./tensor-source";

export interface Checkpoint {
  readonly directory: string;
  readonly configuration: T5Configuration;
  /** Absent for checkpoints that come from elsewhere. */
  readonly lineage: Lineage | undefined;
  /** Named, shaped and ordered as parameterShapes() says, whatever the file holds. */
  readonly weights: StoredSource;
  /** Whole numbers and truths beside the weights. */
  readonly carried: readonly CarriedTensor[];
  readonly optimizer: TensorSource | undefined;
  /** As it was written; undefined where there is none. */
  readonly trainerState: unknown;
  /** What generation_config.json says; undefined where there is none. */
  readonly generation: JsonObject | undefined;
  /** The text of README.md; undefined where there is none, or one that is too long for a card. */
  readonly card: string | undefined;
  /** Absolute or relative as `directory` is. */
  readonly tokenizerFiles: readonly string[];
  close(): Promise<void>;
}

/**
 * Values are read when asked for; the caller closes the checkpoint.
 * @throws {SyntaxError} a file that is missing, damaged or incomplete
 * @throws {RangeError} not a T5 that we compute, or not all of it
 */
export async function openCheckpoint(directory: string): Promise<Checkpoint> {
  await recoverDirectory(directory);
  const names = await checkpointNames(directory);
  return openWith(directory, names, () => openStoredTensors(directory, names));
}

/** As openCheckpoint(), where the folder has all but the weights, whose headers `openTensors` knows from elsewhere. */
export async function openHeaders(
  directory: string,
  openTensors: () => Promise<StoredTensors>,
): Promise<Checkpoint> {
  const names = new Set(await readdir(directory));
  names.delete(files.optimizer);
  return openWith(directory, names, openTensors);
}

async function openWith(
  directory: string,
  names: ReadonlySet<string>,
  openTensors: () => Promise<StoredTensors>,
): Promise<Checkpoint> {
  const path = (name: string) => join(directory, name);
  const optionalJson = async (name: string): Promise<unknown> =>
    names.has(name) ? readJson(path(name)) : undefined;
  const config = await readJson(path(files.config));
  const stated = parseConfiguration(config, path(files.config));
  const lineage = await optionalJson(files.lineage);
  const trainerState = await optionalJson(files.trainer);
  const generation = names.has(files.generation)
    ? await readJsonObject(path(files.generation))
    : undefined;
  const card = names.has(files.card) ? await readCard(path(files.card)) : undefined;
  const open: { close(): Promise<void> }[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(open.map((file) => file.close()));
  };
  try {
    const tensors = await openTensors();
    open.push(tensors);
    const authority = tieAuthority(config);
    const { configuration, weights, carried } = await storedWeights(tensors, stated, authority);
    const optimizer = names.has(files.optimizer)
      ? await openSafetensors(path(files.optimizer))
      : undefined;
    if (optimizer !== undefined) open.push(optimizer);
    return {
      directory,
      configuration,
      lineage: lineage === undefined ? undefined : parseLineage(lineage, path(files.lineage)),
      weights,
      carried,
      optimizer,
      trainerState,
      generation,
      card,
      tokenizerFiles: [...names].filter(isTokenizerFile).map(path),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
