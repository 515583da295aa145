/** Which weight makes every result of a model NaN. */
import type { TensorSource } from "./tensor-source";

/** In file order; undefined where all values are finite. */
export async function firstNotFinite(source: TensorSource): Promise<string | undefined> {
  for (const name of source.shapes.keys()) {
    const values = await source.read(name);
    if (!values.every(Number.isFinite)) return name;
  }
  return undefined;
}

/** What a figure that is not finite tells about the model: the end of a sentence. */
export async function whyNotFinite(loss: number, weights: TensorSource): Promise<string> {
  const tensor = await firstNotFinite(weights);
  const cause =
    tensor === undefined
      ? "its weights are finite, but too large to compute with"
      : `the first weight that is not finite is ${tensor}`;
  return `its loss is ${loss}; ${cause}`;
}
