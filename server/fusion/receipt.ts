/**
 * The proof of a fusion: parents and child run on the same batches, and the child's logits are compared with the
 * mean of the parents'.
 *
 * drift = max |child - mean(parents)| / max |mean(parents)| over the targets that count, up to the smallest
 * vocabulary. An exact fusion must stay below max(1e-5, 4 x the float32 noise of the parents): how far a parent's
 * own logits move when its features, heads and inner units are put into another order.
 */
import type { WrittenDtype } from "../checkpoint/safetensors-writer";
import type { TensorSource } from "../checkpoint/tensor-source";
import { isTarget } from "../model/examples";
import type { Receipt } from "../protocol/checkpoint";
import { permuteWeights } from "./permute";
import type { FusionPlan } from "./plan";
import type { ProbeBatch, ProbeModel } from "./probe";

/** What a weight's own rounding may do to the logits. */
const smallestLimits: Readonly<Record<WrittenDtype, number>> = { F32: 1e-5, F16: 1e-3, BF16: 1e-2 };
const noiseFactor = 4;

export interface ProbeSettings {
  readonly model: ProbeModel;
  readonly batches: readonly ProbeBatch[];
  readonly signal?: AbortSignal | undefined;
}

/** What the parents compute: all that the child is held against. */
export interface ParentProof {
  /** For each batch, [examples, targets, the child's vocab_size]. */
  readonly means: readonly Float64Array[];
  readonly losses: readonly number[];
  /** The largest of the parents' float32 noise, relative to their largest logit. */
  readonly noise: number;
}

export interface ChildProof {
  readonly drift: number;
  readonly loss: number;
}

/** Thrown where a fusion that should be exact is not; nothing has been replaced then. */
export class FusionNotPreserved extends Error {
  readonly kind = "fusion-not-preserved";

  constructor(
    readonly drift: number,
    readonly limit: number,
  ) {
    super(
      Number.isNaN(drift)
        ? "Cannot accept the fused model: logits of its parents or its own are not finite; evaluate each parent " +
            "to find the weight to blame; nothing was replaced"
        : `Cannot accept the fused model: its logits are ${drift.toExponential(1)} of the largest logit away from ` +
            `the mean of its parents', the limit is ${limit.toExponential(1)}; nothing was replaced`,
    );
    this.name = "FusionNotPreserved";
  }
}

/** Runs each parent, and its reordered self, over all batches; twins once. */
export async function proveParents(
  plan: FusionPlan,
  parents: readonly TensorSource[],
  settings: ProbeSettings,
): Promise<ParentProof> {
  const { vocab_size } = plan.configuration;
  const means = settings.batches.map(
    ({ examples, targets }) => new Float64Array(examples * targets * vocab_size),
  );
  const losses: number[] = [];
  let noise = 0;
  for (const [i, twin] of plan.twins.entries()) {
    if (twin < i) {
      losses.push(losses[twin]!);
      continue;
    }
    const copies = plan.twins.filter((other) => other === i).length;
    const proof = await proveParent(plan, { index: i, weights: parents[i]! }, settings);
    proof.logits.forEach((logits, b) => {
      addShared(means[b]!, logits, { weight: copies / plan.parents.length, vocab_size });
    });
    losses.push(proof.loss);
    noise = Math.max(noise, proof.noise);
  }
  return { means, losses, noise };
}

/** Runs the child over the batches that the parents ran. */
export async function proveChild(
  plan: FusionPlan,
  child: TensorSource,
  options: ProbeSettings & { readonly parents: ParentProof },
): Promise<ChildProof> {
  const { batches, parents } = options;
  const all = await allLogits({ configuration: plan.configuration, weights: child }, options);
  return {
    drift: largestDifference(all, parents.means, batches),
    loss: meanLoss(all, batches),
  };
}

export function limitOf({ noise }: ParentProof, dtype: WrittenDtype): number {
  return Math.max(smallestLimits[dtype], noiseFactor * noise);
}

/** @throws {FusionNotPreserved} the fusion is exact and its drift above the limit, or not a number */
export function checkReceipt({ kind, drift, limit }: Receipt): void {
  if (kind === "exact" && !(drift <= limit)) throw new FusionNotPreserved(drift, limit);
}

interface Parent {
  readonly index: number;
  readonly weights: TensorSource;
}

async function proveParent(plan: FusionPlan, { index, weights }: Parent, settings: ProbeSettings) {
  const { configuration } = plan.parents[index]!;
  const logits = await allLogits({ configuration, weights }, settings);
  const reordered = await allLogits(
    { configuration, weights: permuteWeights(configuration, weights, index) },
    settings,
  );
  return {
    logits,
    loss: meanLoss(logits, settings.batches),
    noise: largestDifference(reordered, logits, settings.batches),
  };
}

async function allLogits(
  { configuration, weights }: Pick<FusionPlan, "configuration"> & { weights: TensorSource },
  { model, batches, signal }: ProbeSettings,
): Promise<Float32Array[]> {
  const probe = await model.open(configuration, weights, signal);
  try {
    const all: Float32Array[] = [];
    for (const batch of batches) {
      signal?.throwIfAborted();
      all.push(await probe.logits(batch));
    }
    return all;
  } finally {
    probe.close();
  }
}

/** Adds weight x logits, whose vocabulary may be larger, to the mean. */
function addShared(
  mean: Float64Array,
  logits: Float32Array,
  { weight, vocab_size }: { readonly weight: number; readonly vocab_size: number },
): void {
  const rows = mean.length / vocab_size;
  const width = logits.length / rows;
  for (let row = 0; row < rows; row++) {
    for (let token = 0; token < vocab_size; token++) {
      mean[row * vocab_size + token]! += weight * logits[row * width + token]!;
    }
  }
}

/** max |one - reference| / max |reference| over all batches, where there are targets; NaN where one is. */
function largestDifference(
  one: readonly Float32Array[],
  reference: readonly (Float32Array | Float64Array)[],
  batches: readonly ProbeBatch[],
): number {
  let difference = 0;
  let largest = 0;
  batches.forEach((batch, b) => {
    forEachTarget(batch, one[b]!, (start, end) => {
      for (let i = start; i < end; i++) {
        const expected = reference[b]![i]!;
        difference = Math.max(difference, Math.abs(one[b]![i]! - expected));
        largest = Math.max(largest, Math.abs(expected));
      }
    });
  });
  return difference === 0 ? 0 : difference / largest;
}

/** Mean nats per target token, in float64 from the logits. */
function meanLoss(all: readonly Float32Array[], batches: readonly ProbeBatch[]): number {
  let sum = 0;
  let count = 0;
  batches.forEach((batch, b) => {
    const logits = all[b]!;
    forEachTarget(batch, logits, (start, end, label) => {
      let top = -Infinity;
      for (let i = start; i < end; i++) top = Math.max(top, logits[i]!);
      let total = 0;
      for (let i = start; i < end; i++) total += Math.exp(logits[i]! - top);
      sum += Math.log(total) + top - logits[start + label]!;
      count++;
    });
  });
  return count === 0 ? 0 : sum / count;
}

function forEachTarget(
  { labels }: ProbeBatch,
  logits: Float32Array,
  visit: (start: number, end: number, label: number) => void,
): void {
  const width = logits.length / labels.length;
  labels.forEach((label, row) => {
    if (isTarget(label)) visit(row * width, (row + 1) * width, label);
  });
}
