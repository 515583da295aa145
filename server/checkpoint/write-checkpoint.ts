/** Writes a checkpoint in Hugging Face's layout, with its lineage: whole, or not at all. */
import { open, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import type { Lineage } from "../protocol/checkpoint";
import type { CarriedTensor } from "./carried-tensors";
import { configurationText } from "./config-json";
import type { T5Configuration } from "./configuration";
import { copyTokenizer } from "./copy-tokenizer";
import type { JsonObject } from "./json";
import { files, isCheckpointFile } from "./layout";
import { modelCard } from "./model-card";
import { propertyModule } from "./property-module";
import { checkReplaceable, replaceDirectory } from "../files/replace-directory";
import {
  safetensorsBytes,
  type WriteOptions,
  writeSafetensors,
  type WrittenDtype,
} from "./safetensors-writer";
import { checkSource } from "./stored-weights";
import type { TensorSource } from "./tensor-source";
import { asWriteError } from "./write-error";

export interface CheckpointContents {
  readonly configuration: T5Configuration;
  /** Named and shaped as parameterShapes() says. */
  readonly weights: TensorSource;
  /** Whole numbers and truths beside the weights. */
  readonly carried?: readonly CarriedTensor[] | undefined;
  readonly lineage: Lineage;
  readonly optimizer?: TensorSource | undefined;
  /** Plain JSON. */
  readonly trainerState?: unknown;
  /** Paths of files to copy; "bytes": ByT5's tokenizer, which has none. */
  readonly tokenizerFiles?: readonly string[] | "bytes" | undefined;
  /** What a parent's generation_config.json says, which is carried over. */
  readonly generation?: JsonObject | undefined;
  /** The text of README.md; made of the lineage unless given. */
  readonly card?: string | undefined;
  /** Of the parents, for their licences; undefined for one that has no card. */
  readonly parentCards?: readonly (string | undefined)[];
  /** Of the weights; float32 unless given. */
  readonly dtype?: WrittenDtype | undefined;
  readonly onProgress?: ((doneBytes: number, totalBytes: number) => void) | undefined;
}

/**
 * Replaces a checkpoint that is there already only once the new one is complete and on the disk.
 * @throws {TypeError} the weights are not those of the configuration
 * @throws {RangeError} the folder holds something that is not part of a checkpoint
 * @throws {CheckpointWriteError} the system refuses, for instance because the disk is full
 */
export async function writeCheckpoint(
  directory: string,
  contents: CheckpointContents,
  signal?: AbortSignal,
): Promise<void> {
  checkSource(contents.weights.shapes, contents.configuration);
  const { weights, carried, optimizer, onProgress } = contents;
  const weightBytes = safetensorsBytes(weights.shapes, carried);
  const stateBytes = optimizer === undefined ? 0 : safetensorsBytes(optimizer.shapes);
  const progress = (doneBytes: number) => onProgress?.(doneBytes, weightBytes + stateBytes);
  const fill = async (staged: string) => {
    const options = { carried, signal, onProgress: progress };
    await writeSource(join(staged, files.weights), weights, options);
    return { ...contents, onProgress: (doneBytes: number) => progress(weightBytes + doneBytes) };
  };
  await buildCheckpoint(directory, fill, signal);
}

/**
 * As writeCheckpoint(), for weights that are written by somebody else.
 * @param fill writes and syncs the files of the weights into the folder it is given, and says what belongs beside them
 */
export async function buildCheckpoint(
  directory: string,
  fill: (staged: string) => Promise<Omit<CheckpointContents, "weights">>,
  signal?: AbortSignal,
): Promise<void> {
  try {
    await replaceDirectory(directory, isCheckpointFile, async (staged) => {
      const contents = await fill(staged);
      const { optimizer, onProgress, tokenizerFiles } = contents;
      for (const [name, text] of textFiles(contents)) {
        await writeFile(join(staged, name), (handle) => handle.writeFile(text));
      }
      if (tokenizerFiles !== "bytes") await copyTokenizer(staged, tokenizerFiles ?? []);
      if (optimizer === undefined) return;
      await writeSource(join(staged, files.optimizer), optimizer, { signal, onProgress });
    });
  } catch (error) {
    throw asWriteError(error, directory);
  }
}

/**
 * For whoever has long work to do before the writing.
 * @throws {RangeError} the folder holds something that is not part of a checkpoint
 */
export function checkCheckpointFolder(directory: string): Promise<void> {
  return checkReplaceable(directory, isCheckpointFile);
}

function* textFiles(
  contents: Omit<CheckpointContents, "weights">,
): Generator<[name: string, text: string]> {
  const { configuration, lineage, trainerState, tokenizerFiles, dtype } = contents;
  yield [files.config, configurationText(configuration, dtype)];
  yield [files.generation, jsonText(generationJson(configuration, contents.generation))];
  yield [files.lineage, jsonText(lineage)];
  if (trainerState !== undefined) yield [files.trainer, jsonText(trainerState)];
  if (tokenizerFiles === "bytes") {
    yield [files.tokenizer, jsonText({ tokenizer_class: "ByT5Tokenizer", extra_ids: 125 })];
  }
  yield* Object.entries(propertyModule(configuration));
  const hasTokenizer = tokenizerFiles !== undefined && tokenizerFiles.length > 0;
  const { card, parentCards = lineage.parents.map(() => undefined) } = contents;
  yield [files.card, card ?? modelCard({ configuration, lineage, hasTokenizer, parentCards })];
}

/** What is carried over no longer follows from the parent's config.json, nor was it this version that wrote it. */
const notCarried: readonly string[] = ["_from_model_config", "transformers_version"];

function generationJson(
  { decoder_start_token_id, eos_token_id, pad_token_id }: T5Configuration,
  parents: JsonObject = {},
): unknown {
  const ids = { decoder_start_token_id, eos_token_id, pad_token_id };
  const carried = Object.entries(parents).filter(
    ([key, value]) => value !== null && !notCarried.includes(key),
  );
  return { ...ids, ...Object.fromEntries(carried) };
}

function writeSource(path: string, source: TensorSource, options: WriteOptions): Promise<void> {
  return writeFile(path, (handle) => writeSafetensors(handle, source, options));
}

async function writeFile(
  path: string,
  write: (handle: FileHandle) => Promise<void>,
): Promise<void> {
  const handle = await open(path, "wx");
  try {
    await write(handle);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function jsonText(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
