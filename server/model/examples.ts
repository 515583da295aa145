/** Examples of unequal lengths, from a JSONL file or made up, as padded batches. */
import type { T5Configuration } from "../checkpoint/configuration";
import { ignoredLabel } from "../engine/operations";
import { uniform } from "../random/draw";
import { streamKey } from "../random/threefry";

export interface Example {
  readonly inputIds: readonly number[];
  /** `ignoredLabel` where there is no target. */
  readonly labels: readonly number[];
}

/** Examples of one padded size. The decoder's inputs are the labels shifted right (batch.ts). */
export interface PaddedBatch {
  readonly examples: number;
  readonly inputs: number;
  readonly targets: number;
  /** [examples, inputs] */
  readonly inputIds: Int32Array;
  /** [examples, targets]; `ignoredLabel` where there is no target. */
  readonly labels: Int32Array;
  /** [examples, inputs], 1 for a token and 0 for padding; absent where there is none. */
  readonly attentionMask?: Float32Array;
}

/** Whether a label counts. */
export function isTarget(label: number): boolean {
  return label !== ignoredLabel;
}

/**
 * Reads lines of `{"input_ids": [...], "labels": [...]}`; pad ids at their ends are padding.
 * @param file for messages
 * @throws {SyntaxError} a line is not JSON, or not of this form
 * @throws {RangeError} an id is not in the vocabulary, or there is no example
 */
export function parseExamples(
  text: string,
  file: string,
  configuration: T5Configuration,
): Example[] {
  const examples: Example[] = [];
  text.split("\n").forEach((line, i) => {
    if (line.trim() === "") return;
    examples.push(parseExample(line, `${file}, line ${i + 1}`, configuration));
  });
  if (examples.length === 0) {
    throw new RangeError(`Cannot read examples from ${file}: it has no line`);
  }
  return examples;
}

function parseExample(line: string, where: string, configuration: T5Configuration): Example {
  const json = parseJson(line, where);
  const fields = typeof json === "object" && json !== null ? new Map(Object.entries(json)) : null;
  const read = (key: string, ignored: readonly number[]) => {
    const ids: unknown = fields?.get(key);
    if (!Array.isArray(ids) || ids.length === 0) {
      throw new SyntaxError(
        `Cannot read ${where}: "${key}" must be a list of token ids; ` +
          'a line is {"input_ids": [...], "labels": [...]}',
      );
    }
    return withoutPadding(
      ids.map((id: unknown) => tokenId(id, { where, key, ignored, configuration })),
      configuration.pad_token_id,
    );
  };
  return { inputIds: read("input_ids", []), labels: read("labels", [ignoredLabel]) };
}

function parseJson(line: string, where: string): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw new SyntaxError(`Cannot read ${where}: not JSON`, { cause });
  }
}

interface IdContext {
  readonly where: string;
  readonly key: string;
  readonly ignored: readonly number[];
  readonly configuration: T5Configuration;
}

function tokenId(id: unknown, { where, key, ignored, configuration }: IdContext): number {
  const { vocab_size } = configuration;
  if (typeof id === "number" && Number.isInteger(id)) {
    if ((id >= 0 && id < vocab_size) || ignored.includes(id)) return id;
  }
  throw new RangeError(
    `Cannot read ${where}: "${key}" has ${JSON.stringify(id)}; ids are whole numbers from 0 to ${vocab_size - 1}`,
  );
}

/** At least one id stays. */
function withoutPadding(ids: readonly number[], padId: number): readonly number[] {
  const last = ids.findLastIndex((id) => id !== padId);
  return ids.slice(0, Math.max(last, 0) + 1);
}

/** Batches of at most `size` examples in their order, each padded to its longest. */
export function padExamples(
  examples: readonly Example[],
  size: number,
  { pad_token_id }: T5Configuration,
): PaddedBatch[] {
  const batches: PaddedBatch[] = [];
  for (let start = 0; start < examples.length; start += size) {
    batches.push(padBatch(examples.slice(start, start + size), pad_token_id));
  }
  return batches;
}

function padBatch(examples: readonly Example[], padId: number): PaddedBatch {
  const inputs = Math.max(...examples.map(({ inputIds }) => inputIds.length));
  const targets = Math.max(...examples.map(({ labels }) => labels.length));
  const padded = (ids: readonly number[], length: number, value: number) =>
    Array.from({ length }, (_, i) => ids[i] ?? value);
  const mask = examples.flatMap(({ inputIds }) =>
    Array.from({ length: inputs }, (_, i) => (i < inputIds.length ? 1 : 0)),
  );
  return {
    examples: examples.length,
    inputs,
    targets,
    inputIds: Int32Array.from(examples.flatMap(({ inputIds }) => padded(inputIds, inputs, padId))),
    labels: Int32Array.from(
      examples.flatMap(({ labels }) => padded(labels, targets, ignoredLabel)),
    ),
    ...(mask.includes(0) && { attentionMask: Float32Array.from(mask) }),
  };
}

/** Uniformly drawn tokens, the special ids left out; always the same for a seed. */
export function randomExamples(
  configuration: T5Configuration,
  { seed, examples, inputs, targets }: RandomExamples,
): Example[] {
  const { vocab_size, pad_token_id, eos_token_id, decoder_start_token_id } = configuration;
  const special = new Set([pad_token_id, eos_token_id, decoder_start_token_id]);
  const tokens = Array.from({ length: vocab_size }, (_, id) => id).filter((id) => !special.has(id));
  const draw = (name: string, length: number) => {
    const key = streamKey(seed, name);
    return Array.from({ length }, (_, i) => tokens[Math.floor(uniform(key, i) * tokens.length)]!);
  };
  return Array.from({ length: examples }, (_, i) => ({
    inputIds: draw(`probe/${i}/inputs`, inputs),
    labels: draw(`probe/${i}/labels`, targets),
  }));
}

export interface RandomExamples {
  readonly seed: number;
  readonly examples: number;
  readonly inputs: number;
  readonly targets: number;
}
