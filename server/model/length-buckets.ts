/**
 * Examples of any lengths as batches of few shapes: sorted by length, and each length rounded up to 8, 12, 16, 24,
 * 32, 48, …, so that an engine compiles a handful of functions and less than a third of the tokens are padding.
 */
import type { T5Configuration } from "../checkpoint/configuration";
import type { HostTensors } from "../engine/engine";
import { ignoredLabel } from "../engine/operations";
import { type BatchShape, shiftRight } from "./batch";
import type { Example } from "./examples";

export interface BucketBatch {
  readonly shape: BatchShape;
  /** The place of each row's example in the list that was given, and its targets; later rows count nothing. */
  readonly rows: readonly { readonly example: number; readonly targets: number }[];
  /** input_ids, attention_mask, labels and decoder_input_ids. */
  readonly inputs: HostTensors;
}

/** A batch's logits stay below this many values. */
const mostLogits = 2 ** 24;
const mostExamples = 8;

/** In an order of its own: `rows` says which example is where. */
export function* bucketBatches(
  examples: readonly Example[],
  configuration: T5Configuration,
): Generator<BucketBatch> {
  const lengths = examples.map(({ inputIds, labels }) => ({
    inputs: bucketLength(inputIds.length),
    targets: bucketLength(labels.length),
  }));
  const longest = lengths.reduce((most, { targets }) => Math.max(most, targets), 1);
  const fitting = Math.floor(mostLogits / (longest * configuration.vocab_size));
  const size = Math.max(1, Math.min(mostExamples, examples.length, fitting));
  const order = [...lengths.keys()].sort(
    (a, b) =>
      lengths[a]!.inputs - lengths[b]!.inputs || lengths[a]!.targets - lengths[b]!.targets || a - b,
  );
  for (let start = 0; start < order.length; start += size) {
    const places = order.slice(start, start + size);
    const shape = {
      examples: size,
      inputs: Math.max(...places.map((place) => lengths[place]!.inputs)),
      targets: Math.max(...places.map((place) => lengths[place]!.targets)),
      masked: true,
    };
    const chosen = places.map((place) => examples[place]!);
    const rows = places.map((example, row) => ({ example, targets: chosen[row]!.labels.length }));
    yield { shape, rows, inputs: padded(chosen, shape, configuration) };
  }
}

/** The smallest of 8, 12, 16, 24, 32, 48, … that is not below `length`. */
export function bucketLength(length: number): number {
  let bucket = 8;
  while (bucket < length) bucket = (bucket & (bucket - 1)) === 0 ? bucket * 1.5 : (bucket * 4) / 3;
  return bucket;
}

function padded(
  examples: readonly Example[],
  shape: BatchShape,
  configuration: T5Configuration,
): HostTensors {
  const { inputs, targets } = shape;
  const input_ids = new Int32Array(shape.examples * inputs).fill(configuration.pad_token_id);
  const attention_mask = new Float32Array(input_ids.length);
  const labels = new Int32Array(shape.examples * targets).fill(ignoredLabel);
  examples.forEach((example, row) => {
    input_ids.set(example.inputIds, row * inputs);
    attention_mask.fill(1, row * inputs, row * inputs + example.inputIds.length);
    labels.set(example.labels, row * targets);
  });
  const decoder_input_ids = shiftRight(labels, shape, configuration);
  return { input_ids, attention_mask, labels, decoder_input_ids };
}
