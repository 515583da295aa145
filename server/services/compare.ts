/**
 * Two checkpoints, tensor by tensor: relative difference ||a - b|| / ||a|| and cosine <a, b> / (||a|| ||b||), both
 * accumulated in float64.
 */
import { openCheckpoint } from "../checkpoint/checkpoint";
import type { TensorSource } from "../checkpoint/tensor-source";
import type { Comparison, TensorDifference } from "../protocol/fusion";
import { evaluateCheckpoints } from "./evaluate";
import type { Work } from "./work";

export async function compareCheckpoints(
  checkpoints: readonly [string, string],
  work: Work,
): Promise<Comparison> {
  const [one, other] = await Promise.all(checkpoints.map(openCheckpoint));
  try {
    const weights = await compareWeights(one!.weights, other!.weights, work);
    return { ...weights, ...(await heldoutOf(checkpoints, work)) };
  } finally {
    await one?.close();
    await other?.close();
  }
}

/** Figures of the weights stand even where no text is known to evaluate on. */
async function heldoutOf(
  checkpoints: readonly string[],
  work: Work,
): Promise<Pick<Comparison, "heldout" | "heldoutProblem">> {
  try {
    return { heldout: await evaluateCheckpoints({ checkpoints }, work) };
  } catch (error) {
    work.signal.throwIfAborted();
    return { heldoutProblem: error instanceof Error ? error.message : String(error) };
  }
}

export async function compareWeights(
  one: TensorSource,
  other: TensorSource,
  { signal, onProgress }: Work,
): Promise<Pick<Comparison, "tensors" | "unmatched">> {
  const tensors: TensorDifference[] = [];
  const unmatched: string[] = [];
  let done = 0;
  for (const [name, shape] of one.shapes) {
    signal.throwIfAborted();
    onProgress("comparing weights", done++, one.shapes.size);
    const otherShape = other.shapes.get(name);
    if (otherShape === undefined) unmatched.push(`${name}: only the first has it`);
    else if (otherShape.join() !== shape.join()) {
      unmatched.push(`${name}: [${shape.join(", ")}] and [${otherShape.join(", ")}]`);
    } else {
      const figures = difference(await one.read(name), await other.read(name));
      tensors.push({ name, shape, ...figures });
    }
  }
  for (const name of other.shapes.keys()) {
    if (!one.shapes.has(name)) unmatched.push(`${name}: only the second has it`);
  }
  return { tensors, unmatched };
}

/** Both of one length. */
export function difference(
  a: Float32Array,
  b: Float32Array,
): Pick<TensorDifference, "relativeDifference" | "cosine"> {
  let aa = 0;
  let bb = 0;
  let ab = 0;
  let apart = 0;
  for (let i = 0; i < a.length; i++) {
    const x = a[i]!;
    const y = b[i]!;
    aa += x * x;
    bb += y * y;
    ab += x * y;
    apart += (x - y) * (x - y);
  }
  return {
    relativeDifference: apart === 0 ? 0 : Math.sqrt(apart / aa),
    cosine: aa === 0 || bb === 0 ? 0 : ab / Math.sqrt(aa * bb),
  };
}
