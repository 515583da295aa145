/**
 * Initial weights as Hugging Face draws them for T5 (normals of a standard deviation by the kind of weight, norms
 * one), from a counter-based stream of each tensor's own, so that they depend on the seed and the name alone.
 *
 * q has (d_model d_kv)^-1/2 because T5's attention does not divide its scores by sqrt(d_kv).
 */
import type { T5Configuration } from "../checkpoint/configuration";
import { parameterShapes } from "../checkpoint/parameters";
import { fillNormal } from "../random/draw";
import { streamKey } from "../random/threefry";

/**
 * The weight `name` of a new model, row-major.
 * @throws {RangeError} the model has no such weight
 */
export function initialWeight(
  configuration: T5Configuration,
  name: string,
  seed: number,
): Float32Array {
  const shape = parameterShapes(configuration).get(name);
  if (shape === undefined) {
    throw new RangeError(`Cannot initialise ${name}: the model has no such weight`);
  }
  const values = new Float32Array(shape.reduce((size, axis) => size * axis, 1));
  const std = initialStd(configuration, name);
  if (std === undefined) return values.fill(configuration.initializer_factor);
  fillNormal(values, streamKey(seed, name), std);
  return values;
}

/** Standard deviation of a weight's initial values; undefined for a norm's scale, which is constant. */
export function initialStd(configuration: T5Configuration, name: string): number | undefined {
  if (name.endsWith("layer_norm.weight")) return undefined;
  const { d_model, d_kv, d_ff, num_heads, initializer_factor } = configuration;
  const kind = name.split(".").at(-2)!;
  const variances: Readonly<Record<string, number>> = {
    shared: 1,
    lm_head: 1,
    q: 1 / (d_model * d_kv),
    o: 1 / (num_heads * d_kv),
    wo: 1 / d_ff,
  };
  return initializer_factor * Math.sqrt(variances[kind] ?? 1 / d_model); // k, v, wi, wi_0, wi_1, relative bias
}
