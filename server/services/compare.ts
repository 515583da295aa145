/** Checkpoints compared: their weights with those of one among them, and all on held-out text. */
import { type Checkpoint, openCheckpoint } from "../checkpoint/checkpoint";
import type { TensorSource } from "../checkpoint/tensor-source";
import type {
  ComparedPair,
  Comparison,
  TensorDifference,
  UnmatchedTensor,
} from "../protocol/fusion";
import { compareBlocks } from "./compare-blocks";
import { partsLike, partsOf, placesOf } from "./compared-parts";
import { difference } from "./difference";
import { evaluateCheckpoints } from "./evaluate";
import type { LocalWork, Work } from "./work";

/** @param checkpoints at least two folders */
export async function compareCheckpoints(
  checkpoints: readonly string[],
  work: Work,
): Promise<Comparison> {
  const opened: Checkpoint[] = [];
  try {
    for (const directory of checkpoints) opened.push(await openCheckpoint(directory));
    const pairs = await comparePairs(opened, work);
    return { pairs, ...(await heldoutOf(checkpoints, work)) };
  } finally {
    for (const checkpoint of opened) await checkpoint.close();
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

export async function comparePairs(
  checkpoints: readonly Checkpoint[],
  work: LocalWork,
): Promise<readonly ComparedPair[]> {
  const reference = referenceOf(checkpoints);
  const pairs: ComparedPair[] = [];
  for (const index of checkpoints.keys()) {
    if (index !== reference)
      pairs.push(...(await compareWith(checkpoints, [reference, index], work)));
  }
  return pairs;
}

/** The fused one that all others are parts of; else the first. */
function referenceOf(checkpoints: readonly Checkpoint[]): number {
  const found = checkpoints.findIndex((fused) => {
    const others = checkpoints.filter((checkpoint) => checkpoint !== fused);
    const parts = fused.lineage?.parts ?? [];
    return others.every((small) => placesOf(partsOf(small), parts).length > 0);
  });
  return Math.max(0, found);
}

async function compareWith(
  checkpoints: readonly Checkpoint[],
  [reference, index]: readonly [number, number],
  work: LocalWork,
): Promise<ComparedPair[]> {
  for (const [one, other] of [
    [index, reference],
    [reference, index],
  ] as const) {
    const [small, fused] = [checkpoints[one]!, checkpoints[other]!];
    const parts = await partsLike(small, fused, work.signal);
    const pairs: ComparedPair[] = [];
    for (const part of parts) {
      pairs.push({ one, other, part, ...(await compareBlocks({ small, fused, part }, work)) });
    }
    if (pairs.length > 0) return pairs;
  }
  const [one, other] = [checkpoints[reference]!, checkpoints[index]!];
  const figures = await compareWeights(one.weights, other.weights, work);
  return [{ one: reference, other: index, ...figures }];
}

/** By name, where shapes agree. */
export async function compareWeights(
  one: TensorSource,
  other: TensorSource,
  { signal, onProgress }: LocalWork,
): Promise<{ tensors: TensorDifference[]; unmatched: UnmatchedTensor[] }> {
  const tensors: TensorDifference[] = [];
  const unmatched: UnmatchedTensor[] = [];
  let done = 0;
  for (const [name, shape] of one.shapes) {
    signal.throwIfAborted();
    onProgress("comparing weights", done++, one.shapes.size);
    const otherShape = other.shapes.get(name);
    if (otherShape === undefined) {
      unmatched.push({ name, reason: { kind: "missing", in: "other" } });
    } else if (otherShape.join() !== shape.join()) {
      unmatched.push({ name, reason: { kind: "shapes", one: shape, other: otherShape } });
    } else {
      const figures = difference(await one.read(name), await other.read(name));
      tensors.push({ name, shape, ...figures });
    }
  }
  for (const name of other.shapes.keys()) {
    if (!one.shapes.has(name)) unmatched.push({ name, reason: { kind: "missing", in: "one" } });
  }
  return { tensors, unmatched };
}
