/** The shape of a batch, and the decoder's input made from its labels. */
import type { T5Configuration } from "../checkpoint/configuration";
import { ignoredLabel } from "../engine/operations";

/** Sizes that a compiled function is made for. */
export interface BatchShape {
  readonly examples: number;
  /** Encoder tokens of each example. */
  readonly inputs: number;
  /** Decoder tokens of each example. */
  readonly targets: number;
  /** Whether an `attention_mask` says which encoder tokens are padding. */
  readonly masked: boolean;
}

/**
 * The decoder's input: each example's labels moved right by one behind the start token, ignored labels as padding.
 * Shapes: labels [examples, targets] -> [examples, targets].
 * @throws {TypeError} another number of labels
 */
export function shiftRight(
  labels: Int32Array,
  shape: BatchShape,
  configuration: T5Configuration,
): Int32Array {
  const { examples, targets } = shape;
  if (labels.length !== examples * targets) {
    throw new TypeError(
      `Cannot shift labels: ${examples} examples of ${targets} targets need ${examples * targets} labels, ` +
        `got ${labels.length}`,
    );
  }
  const { decoder_start_token_id, pad_token_id } = configuration;
  return labels.map((_, index) => {
    if (index % targets === 0) return decoder_start_token_id;
    const previous = labels[index - 1]!;
    return previous === ignoredLabel ? pad_token_id : previous;
  });
}
