/**
 * T5's objective: random spans of a window are cut out of the inputs, each replaced by a sentinel, and become the
 * targets, each behind its sentinel. With L raw tokens, density r and mean span length m:
 *   noise = round(r L), spans = round(noise / m), inputs = L - noise + spans + 1, targets = noise + spans + 1
 * (the last of each is eos). Every example has exactly these lengths, so nothing is padded.
 *
 * Source: Raffel et al. 2020, section 3.1.4, and the released code's random_spans_helper, random_spans_noise_mask
 * and noise_span_to_unique_sentinel; rounding is half to even, as there.
 */
import { uniform } from "../random/draw";
import type { Key } from "../random/threefry";
import type { Objective } from "./settings";
import type { Tokenizer } from "./tokenizer";

/** Lengths in tokens; `inputs` and `targets` include eos. */
export interface ExampleShape {
  readonly raw: number;
  readonly noise: number;
  readonly spans: number;
  readonly inputs: number;
  readonly targets: number;
}

/**
 * The longest window whose corrupted form has exactly `inputs` tokens.
 * @throws {RangeError} the objective is out of range, or fits no window
 */
export function exampleShape(inputs: number, objective: Objective): ExampleShape {
  checkObjective(inputs, objective);
  let shape = shapeOf(inputs - 1, objective);
  for (;;) {
    const longer = shapeOf(shape.raw + 1, objective);
    if (longer.inputs > inputs) break;
    shape = longer;
  }
  // At density 0.5 T5 prefers targets as long as the inputs over one more token.
  const shorter = shapeOf(shape.raw - 1, objective);
  const trim = objective.noise_density === 0.5 && shape.targets > inputs;
  if (trim && shorter.inputs === inputs) shape = shorter;
  if (shape.inputs !== inputs || shape.spans > shape.raw - shape.noise) {
    throw new RangeError(
      `Cannot corrupt spans: noise_density ${objective.noise_density} with mean_span_length ` +
        `${objective.mean_span_length} leaves too few tokens between the spans of ${inputs} inputs; ` +
        "lower noise_density or raise mean_span_length",
    );
  }
  return shape;
}

function checkObjective(inputs: number, objective: Objective): void {
  const { noise_density: density, mean_span_length: length } = objective;
  if (!(density > 0 && density < 1)) {
    throw new RangeError(
      `Cannot corrupt spans: noise_density must lie between 0 and 1, got ${density}`,
    );
  }
  if (!(length >= 1 && Number.isFinite(length))) {
    throw new RangeError(
      `Cannot corrupt spans: mean_span_length must be at least 1, got ${length}`,
    );
  }
  if (!Number.isInteger(inputs) || inputs < 4) {
    throw new RangeError(
      `Cannot corrupt spans: inputs must be a whole number from 4, got ${inputs}`,
    );
  }
}

function shapeOf(raw: number, objective: Objective): ExampleShape {
  const wanted = roundHalfEven(raw * objective.noise_density);
  const noise = Math.min(Math.max(wanted, 1), raw - 1);
  const spans = Math.max(roundHalfEven(noise / objective.mean_span_length), 1);
  return { raw, noise, spans, inputs: raw - noise + spans + 1, targets: noise + spans + 1 };
}

function roundHalfEven(value: number): number {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

/**
 * Lengths of the spans, non-noise and noise in turn, beginning with non-noise: [2 x spans]. All are equally likely.
 * `example` numbers the examples of one stream: each draws its own numbers.
 */
export function drawSpans(shape: ExampleShape, key: Key, example: number): Int32Array {
  const draws = shape.spans - 1;
  const first = example * 2 * draws;
  const kept = segments(shape.raw - shape.noise, shape.spans, (i) => uniform(key, first + i));
  const cut = segments(shape.noise, shape.spans, (i) => uniform(key, first + draws + i));
  const spans = new Int32Array(2 * shape.spans);
  for (let i = 0; i < shape.spans; i++) {
    spans[2 * i] = kept[i]!;
    spans[2 * i + 1] = cut[i]!;
  }
  return spans;
}

/** Cuts `items` into `count` non-empty segments, each way equally likely (Floyd's choice of the borders). */
function segments(items: number, count: number, draw: (index: number) => number): Int32Array {
  const isBorder = new Uint8Array(items);
  for (let i = 0; i < count - 1; i++) {
    const limit = items - count + 1 + i;
    const border = 1 + Math.floor(draw(i) * limit);
    isBorder[isBorder[border] === 1 ? limit : border] = 1;
  }
  const lengths = new Int32Array(count);
  let segment = 0;
  for (let item = 0; item < items; item++) {
    segment += isBorder[item]!;
    lengths[segment]!++;
  }
  return lengths;
}

/**
 * Shapes: window [raw], spans [2 x spans] → inputs [inputs], targets [targets], written in place.
 * @throws {RangeError} there are more spans than sentinels
 */
export function corrupt(
  window: Int32Array,
  spans: Int32Array,
  into: { readonly inputs: Int32Array; readonly targets: Int32Array },
  tokenizer: Pick<Tokenizer, "eosId" | "sentinel">,
): void {
  let position = 0;
  let input = 0;
  let target = 0;
  for (let span = 0; span < spans.length; span += 2) {
    const sentinel = tokenizer.sentinel(span / 2);
    const noiseStart = position + spans[span]!;
    const noiseEnd = noiseStart + spans[span + 1]!;
    for (; position < noiseStart; position++) into.inputs[input++] = window[position]!;
    into.inputs[input++] = sentinel;
    into.targets[target++] = sentinel;
    for (; position < noiseEnd; position++) into.targets[target++] = window[position]!;
  }
  into.inputs[input] = tokenizer.eosId;
  into.targets[target] = tokenizer.eosId;
}

/** @throws {RangeError} the tokenizer has too few sentinels for the shape */
export function checkSentinels(shape: ExampleShape, tokenizer: Tokenizer): void {
  if (shape.spans <= tokenizer.sentinels) return;
  throw new RangeError(
    `Cannot corrupt spans: an example of ${shape.inputs} inputs has ${shape.spans} spans, tokenizer ` +
      `${tokenizer.name} has ${tokenizer.sentinels} sentinels; shorten inputs or raise mean_span_length`,
  );
}
