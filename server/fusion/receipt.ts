/**
 * The proof of a fusion: parents and child run on the same batches, and the child's logits are compared with the
 * mean of the parents'. Every model goes through memory tensor by tensor, and the logits token by token of the
 * vocabulary, so that a proof takes little memory at any size.
 *
 * drift = max |child - mean(parents)| / max |mean(parents)| over the targets that count, up to the smallest
 * vocabulary. An exact fusion must stay below max(1e-5, 4 x the noise of the parents): how far a parent's own logits
 * move when the terms of its products are summed in another order, and, for a child in half precision, when its weights
 * are rounded to that. The noise takes further runs of the parents, and is measured only where the smallest limit does
 * not decide.
 */
import { encodeValues, findDtype } from "../checkpoint/dtypes";
import type { Rows, RowSource } from "../checkpoint/row-source";
import type { WrittenDtype } from "../checkpoint/safetensors-writer";
import { isTarget } from "../model/examples";
import type { Pass } from "../model/tensorwise/pass";
import type { Receipt } from "../protocol/checkpoint";
import { clearOffDiagonal } from "./operator";
import type { FusionPlan } from "./plan";
import type { ProbeBatch, ProbeModel, ProbeRun } from "./probe";
import { Distance, Loss } from "./score";

/** What a weight's own rounding may do to the logits. */
const smallestLimits: Readonly<Record<WrittenDtype, number>> = { F32: 1e-5, F16: 1e-3, BF16: 1e-2 };
const noiseFactor = 4;
/** An unrelated model is about 1 away: with more a proof would prove nothing. */
const largestLimit = 0.5;

export interface ProbeSettings {
  readonly model: ProbeModel;
  readonly batches: readonly ProbeBatch[];
  readonly signal?: AbortSignal | undefined;
}

export interface ProofOptions extends ProbeSettings {
  /** Of the plan's parents. */
  readonly parents: readonly RowSource[];
  /** As it was written. */
  readonly child: RowSource;
  /** Whether the child has a fill, without which it is proven too. */
  readonly filled: boolean;
  readonly onProgress?: ((done: number, of: number) => void) | undefined;
}

export interface Proof {
  /** Mean nats per target token of each of the plan's parents. */
  readonly losses: readonly number[];
  /** Without the fill. */
  readonly child: ChildProof;
  readonly filled: ChildProof | undefined;
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

/** Runs the parents (twins once), and the child, also without its fill. */
export async function prove(plan: FusionPlan, options: ProofOptions): Promise<Proof> {
  const parents = parentModels(plan, options);
  const child = childModel(plan, options);
  const groups = groupBatches(options.batches);
  const progress = counted(groups.length * (parents.length + 2), options.onProgress);
  let targets = 0;
  for (const batches of groups) {
    const labels = labelsOf(batches);
    if (labels.length > 0) await proveGroup({ parents, child }, { batches, labels, progress });
    targets += labels.length;
  }
  const mean = (sum: number): number => (targets === 0 ? 0 : sum / targets);
  const proofs = child.distances.map(({ relative }, pass) => {
    return { drift: relative, loss: mean(child.losses[pass]!) };
  });
  return {
    losses: plan.twins.map((twin) => mean(parents.find(({ index }) => index === twin)!.losses[0]!)),
    child: proofs.at(-1)!,
    filled: options.filled ? proofs[0] : undefined,
  };
}

/** What an exact fusion with this drift must stay below. `noise`: measureNoise(), where that decides. */
export async function limitOf(
  drift: number,
  { dtype, noise }: { readonly dtype: WrittenDtype; readonly noise: () => Promise<number> },
): Promise<number> {
  const smallest = smallestLimits[dtype];
  if (drift <= smallest) return smallest;
  return Math.min(largestLimit, Math.max(smallest, noiseFactor * (await noise())));
}

/** The largest of the parents' noise, for a child of `dtype`, relative to their largest logit. */
export async function measureNoise(
  plan: FusionPlan,
  { dtype, ...options }: ProbeSettings & Pick<ProofOptions, "parents"> & { dtype: WrittenDtype },
): Promise<number> {
  const passes = dtype === "F32" ? [plain, reordered] : [plain, reordered, roundedTo(dtype)];
  const noises: number[] = [];
  for (const model of parentModels(plan, options, passes)) {
    const moved = passes.slice(1).map(() => new Distance());
    for (const batches of groupBatches(options.batches)) {
      const running = await begin(model, { batches, labels: labelsOf(batches) });
      for (const range of vocabularyRanges([model])) {
        const [logits, ...others] = await nextLogits(running, range);
        others.forEach((other, pass) => {
          moved[pass]!.add(other, logits!);
        });
      }
    }
    noises.push(...moved.map(({ relative }) => relative));
  }
  return Math.max(...noises);
}

/** @throws {FusionNotPreserved} the fusion is exact and its drift above the limit, or not a number */
export function checkReceipt({ kind, drift, limit }: Receipt): void {
  if (kind === "exact" && !(drift <= limit)) throw new FusionNotPreserved(drift, limit);
}

/** A model of the proof, with what it has shown so far. */
interface Model {
  /** Of the plan's parents; -1: the child. */
  readonly index: number;
  /** Of the mean. */
  readonly share: number;
  readonly vocabulary: number;
  readonly run: (batches: readonly ProbeBatch[]) => ProbeRun;
  /** For each pass. */
  readonly losses: number[];
  /** From the mean, for each pass; of the child alone. */
  readonly distances: readonly Distance[];
}

const plain: Pass = { kind: "plain" };
const reordered: Pass = { kind: "reordered", seed: 0 };

/** Every weight as the child's format holds it. */
function roundedTo(dtype: "F16" | "BF16"): Pass {
  const { toFloat32 } = findDtype(dtype)!;
  return {
    kind: "changed",
    change: (_, values) => {
      const stored = encodeValues(Float32Array.from(values), dtype);
      values.set(toFloat32!(new Uint8Array(stored.buffer)));
    },
  };
}

function parentModels(
  plan: FusionPlan,
  { parents, model, signal }: Pick<ProofOptions, "parents" | "model" | "signal">,
  passes: readonly Pass[] = [plain],
): Model[] {
  return [...new Set(plan.twins)].map((index) => {
    const { configuration } = plan.parents[index]!;
    const options = { weights: parents[index]!, passes, signal };
    return {
      ...empty(passes),
      index,
      share: plan.twins.filter((twin) => twin === index).length / plan.parents.length,
      vocabulary: configuration.vocab_size,
      run: (batches) => model.run(configuration, { ...options, batches }),
    };
  });
}

function childModel(
  { configuration, tensors }: FusionPlan,
  { child, filled, model, signal }: ProofOptions,
): Model {
  const unfilled: Pass = {
    kind: "changed",
    change: (name, values, rows) => {
      clearOffDiagonal(tensors.get(name)!, values, rows);
    },
  };
  const passes = filled ? [plain, unfilled] : [plain];
  return {
    ...empty(passes),
    index: -1,
    share: 0,
    vocabulary: configuration.vocab_size,
    run: (batches) => model.run(configuration, { weights: child, passes, signal, batches }),
  };
}

function empty(passes: readonly Pass[]): Pick<Model, "losses" | "distances"> {
  return { losses: passes.map(() => 0), distances: passes.map(() => new Distance()) };
}

interface Models {
  readonly parents: readonly Model[];
  readonly child: Model;
}

interface Group {
  readonly batches: readonly ProbeBatch[];
  /** Of the tokens that are targets. */
  readonly labels: Int32Array;
  readonly progress: () => void;
}

async function proveGroup(models: Models, group: Group): Promise<void> {
  const started = async (model: Model): Promise<Running> => {
    const running = await begin(model, group);
    group.progress();
    return running;
  };
  const running = await together([models.child, ...models.parents].map(started));
  for (const range of vocabularyRanges([...models.parents, models.child])) {
    const mean = new Float64Array(group.labels.length * (range.to - range.from));
    const [own, ...others] = await together(running.map((one) => nextLogits(one, range)));
    others.forEach(([logits], i) => {
      if (logits !== undefined) addShare(mean, logits, models.parents[i]!.share);
    });
    own!.forEach((one, pass) => {
      models.child.distances[pass]!.add(one, mean);
    });
  }
  for (const { model, losses } of running) {
    losses.forEach((loss, pass) => (model.losses[pass]! += loss.sum()));
  }
  group.progress();
}

/** One computes while another reads. Settles once all have, so that none is still reading when its files are closed. */
async function together<T>(works: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(works);
  return Promise.all(works);
}

async function begin(
  model: Model,
  { batches, labels }: Pick<Group, "batches" | "labels">,
): Promise<Running> {
  const run = model.run(batches);
  return {
    model,
    run,
    states: await run.states(),
    losses: model.losses.map(() => new Loss(labels)),
  };
}

function labelsOf(batches: readonly ProbeBatch[]): Int32Array {
  return Int32Array.from(batches.flatMap((batch) => [...batch.labels].filter(isTarget)));
}

interface Running {
  readonly model: Model;
  readonly run: ProbeRun;
  readonly states: readonly Float32Array[];
  readonly losses: readonly Loss[];
}

/** For each pass [targets, width]; none where the model's vocabulary is smaller. */
async function nextLogits(
  { model, run, states, losses }: Running,
  { from, to }: Rows,
): Promise<readonly Float32Array[]> {
  if (from >= model.vocabulary) return [];
  const all = await run.logits(states, { from, to });
  all.forEach((logits, pass) => {
    losses[pass]!.add({ from, width: to - from, logits });
  });
  return all;
}

const tokensAtOnce = 1024;

/** No range is partly in a model's vocabulary. */
function vocabularyRanges(models: readonly Model[]): Rows[] {
  const ends = [...new Set(models.map(({ vocabulary }) => vocabulary))].sort((a, b) => a - b);
  const ranges: Rows[] = [];
  let from = 0;
  for (const end of ends) {
    for (; from < end; from = ranges.at(-1)!.to) {
      ranges.push({ from, to: Math.min(from + tokensAtOnce, end) });
    }
  }
  return ranges;
}

/** Of inputs and targets, padding included, so that activations stay small; each group reads all weights. */
export const groupTokens = 2048;

function groupBatches(batches: readonly ProbeBatch[]): ProbeBatch[][] {
  const groups: ProbeBatch[][] = [];
  let room = 0;
  for (const batch of batches) {
    const tokens = batch.examples * (batch.inputs + batch.targets);
    if (groups.length === 0 || tokens > room) {
      groups.push([]);
      room = groupTokens;
    }
    groups.at(-1)!.push(batch);
    room -= tokens;
  }
  return groups;
}

function addShare(mean: Float64Array, logits: Float32Array, share: number): void {
  for (let i = 0; i < mean.length; i++) mean[i]! += share * logits[i]!;
}

function counted(of: number, onProgress: ProofOptions["onProgress"]): () => void {
  let done = 0;
  onProgress?.(done, of);
  return () => onProgress?.(++done, of);
}
