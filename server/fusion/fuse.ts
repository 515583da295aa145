/** From parents on disk to a child on disk, with the proof that it computes what it should. */
import { resolve } from "node:path";
import type { Checkpoint } from "../checkpoint/checkpoint";
import { weightsSha256 } from "../checkpoint/hash";
import { type LineageParent, childLineage, noCost } from "../checkpoint/lineage";
import type { TensorSource } from "../checkpoint/tensor-source";
import { checkCheckpointFolder, writeCheckpoint } from "../checkpoint/write-checkpoint";
import type { FusionMethod, Lineage, PartSizes, Receipt } from "../protocol/checkpoint";
import { childWeights } from "./child";
import { findStateFaults, growState, type ParentState } from "./grow";
import { calibratePlan, measureNormFactors } from "./norms";
import type { FusionParent } from "./parent";
import { type FusionPlan, planFusion } from "./plan";
import type { ProbeBatch, ProbeModel } from "./probe";
import { checkReceipt, limitOf, type ProbeSettings, proveChild, proveParents } from "./receipt";
import { FusionRefusal } from "./refusal";
import { isTarget } from "../model/examples";

export interface NamedCheckpoint {
  readonly name: string;
  readonly checkpoint: Checkpoint;
  /** Of the checkpoint's tokenizer files; absent where it has none. */
  readonly tokenizer?: NonNullable<FusionParent["tokenizer"]>;
}

export interface FuseOptions {
  readonly parents: readonly NamedCheckpoint[];
  /** The child's checkpoint folder; what is there stays until the child is complete and proven. */
  readonly directory: string;
  readonly method: FusionMethod;
  /** How often a single parent is taken; 1 with several parents. */
  readonly copies: number;
  /** Standard deviation of the off-diagonal blocks, as a fraction of the kernel's own in the parents; 0: zeros. */
  readonly fill: number;
  readonly seed: number;
  readonly optimizer: "grow" | "reset";
  readonly probe: {
    /** For the receipt: "random tokens", or where the examples come from. */
    readonly source: string;
    readonly batches: readonly ProbeBatch[];
  };
  readonly model: ProbeModel;
  /** For the lineage: "deep-fusion 0.1.0". */
  readonly createdBy: string;
  /** Milliseconds; of this process unless given. */
  readonly now?: () => number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (label: string, done: number, of: number) => void;
}

/**
 * Nothing is written before the plan stands and the receipt is good; the child then appears as a whole.
 * @throws {FusionRefusal} the parents do not fit
 * @throws {FusionNotPreserved} the child does not compute what an exact fusion must
 * @throws {RangeError} fill or directory cannot be used
 * @throws {CheckpointWriteError} the system refuses to write
 */
export async function fuseCheckpoints(options: FuseOptions): Promise<Lineage> {
  checkOptions(options);
  await checkCheckpointFolder(options.directory);
  const now = options.now ?? (() => performance.now());
  const startMs = now();
  const { names, plan: uncalibrated } = await planCheckpoints(options);
  const parents = names.map((i) => options.parents[i]!);
  const weights = parents.map(({ checkpoint }) => checkpoint.weights);
  const plan = await calibrated(uncalibrated, weights, options);
  const states = parents.map(parentState);
  if (options.optimizer === "grow") refuseStates(states);

  const receipt = await proveFusion(plan, weights, options);
  const lineage = childLineage({
    createdBy: options.createdBy,
    operation: {
      kind: "fused",
      method: options.method,
      fill: options.fill,
      seed: options.seed,
      optimizer: options.optimizer,
      receipt,
    },
    // Probing is no training, so it has no steps and no tokens; its time is as good as any other.
    ownCost: { ...noCost, device_seconds: (now() - startMs) / 1000 },
    parents: parents.map((parent, i) => lineageParent(parent, plan.parents[i]!)),
    parts: parents.flatMap(partsOf),
  });
  await writeChild(plan, { weights, states, lineage }, options);
  return lineage;
}

function checkOptions({ fill, directory, parents }: FuseOptions): void {
  if (!(fill >= 0 && Number.isFinite(fill))) {
    throw new RangeError(`Cannot fuse: fill must be a number from 0, got ${fill}`);
  }
  const parent = parents.find(({ checkpoint }) => {
    return resolve(checkpoint.directory) === resolve(directory);
  });
  if (parent !== undefined) {
    throw new RangeError(
      `Cannot fuse into ${directory}: it is the parent ${parent.name}; choose another folder`,
    );
  }
}

interface PlannedCheckpoints {
  readonly plan: FusionPlan;
  /** For each of the plan's parents, its index among the given ones. */
  readonly names: readonly number[];
}

/** Plans twice: what does not fit is refused before gigabytes are hashed to see which parents are the same. */
async function planCheckpoints(options: FuseOptions): Promise<PlannedCheckpoints> {
  const given = options.parents.map(fusionParent);
  planFusion(given, options);
  const hashed: FusionParent[] = [];
  for (const [i, { checkpoint }] of options.parents.entries()) {
    options.onProgress?.("hashing parents", i, given.length);
    const sha256 = await weightsSha256(checkpoint.weights, options.signal);
    hashed.push({ ...given[i]!, weightsSha256: sha256 });
  }
  options.onProgress?.("hashing parents", given.length, given.length);
  const plan = planFusion(hashed, options);
  return { plan, names: plan.parents.map((parent) => hashed.indexOf(parent)) };
}

/** What planFusion() must know of a checkpoint. */
export function fusionParent({ name, checkpoint, tokenizer }: NamedCheckpoint): FusionParent {
  return {
    name,
    configuration: checkpoint.configuration,
    shapes: checkpoint.weights.shapes,
    ...(tokenizer && { tokenizer }),
  };
}

async function calibrated(
  plan: FusionPlan,
  parents: readonly TensorSource[],
  options: FuseOptions,
): Promise<FusionPlan> {
  if (plan.method !== "calibrated") return plan;
  options.onProgress?.("calibrating norms", 0, 1);
  const factors = await measureNormFactors(plan, { parents, ...probeSettings(options) });
  options.onProgress?.("calibrating norms", 1, 1);
  return calibratePlan(plan, factors);
}

function probeSettings({ model, probe, signal }: FuseOptions): ProbeSettings {
  return { model, batches: probe.batches, signal };
}

function refuseStates(states: readonly ParentState[]): void {
  const faults = findStateFaults(states);
  if (faults.length > 0) {
    throw new FusionRefusal(
      states.map(({ name }) => name),
      faults,
    );
  }
}

function parentState({ name, checkpoint }: NamedCheckpoint): ParentState {
  const { directory, optimizer, trainerState } = checkpoint;
  return { name, directory, optimizer, trainerState };
}

/** Runs parents and child; the exact fusion is judged before the fill. */
async function proveFusion(
  plan: FusionPlan,
  weights: readonly TensorSource[],
  options: FuseOptions,
): Promise<Receipt> {
  const { fill, seed, probe, onProgress } = options;
  const settings = probeSettings(options);
  const steps = fill > 0 ? 3 : 2;
  onProgress?.("checking against the parents", 0, steps);
  const parents = await proveParents(plan, weights, settings);
  onProgress?.("checking against the parents", 1, steps);
  const prove = (childFill: number) => {
    const child = childWeights(plan, { parents: weights, fill: childFill, seed });
    return proveChild(plan, child, { ...settings, parents });
  };
  const plain = await prove(0);
  const receipt: Receipt = {
    method: plan.method,
    kind: plan.exact ? "exact" : "drifts",
    drift: plain.drift,
    limit: limitOf(parents),
    parent_losses: parents.losses,
    child_loss: plain.loss,
    probe: { source: probe.source, ...probeSize(probe.batches) },
  };
  checkReceipt(receipt);
  onProgress?.("checking against the parents", 2, steps);
  if (fill === 0) return receipt;
  const filled = await prove(fill);
  onProgress?.("checking against the parents", 3, steps);
  return { ...receipt, filled_drift: filled.drift, filled_loss: filled.loss };
}

/** Tokens are inputs and targets that are no padding. */
function probeSize(batches: readonly ProbeBatch[]): { examples: number; tokens: number } {
  let examples = 0;
  let tokens = 0;
  for (const batch of batches) {
    examples += batch.examples;
    tokens += batch.attentionMask?.reduce((sum, one) => sum + one, 0) ?? batch.inputIds.length;
    tokens += batch.labels.filter(isTarget).length;
  }
  return { examples, tokens };
}

function lineageParent({ name, checkpoint }: NamedCheckpoint, parent: FusionParent): LineageParent {
  return { name, weightsSha256: parent.weightsSha256!, lineage: checkpoint.lineage };
}

/** A fused parent brings its own parts, so that every block border stays known. */
function partsOf({ checkpoint }: NamedCheckpoint): readonly PartSizes[] {
  const { d_model, num_heads, d_ff } = checkpoint.configuration;
  return checkpoint.lineage?.parts ?? [{ d_model, num_heads, d_ff }];
}

interface Child {
  readonly weights: readonly TensorSource[];
  readonly states: readonly ParentState[];
  readonly lineage: Lineage;
}

async function writeChild(
  plan: FusionPlan,
  { weights, states, lineage }: Child,
  options: FuseOptions,
): Promise<void> {
  const { fill, seed, onProgress } = options;
  const grown = options.optimizer === "grow" ? growState(plan, states) : undefined;
  const tokenizerFiles = options.parents
    .map(({ checkpoint }) => checkpoint.tokenizerFiles)
    .find((files) => files.length > 0);
  await writeCheckpoint(
    options.directory,
    {
      configuration: plan.configuration,
      weights: childWeights(plan, { parents: weights, fill, seed }),
      lineage,
      optimizer: grown?.state,
      trainerState: grown && { optimizer: grown.record },
      tokenizerFiles,
      onProgress: (done, of) => onProgress?.("writing", done, of),
    },
    options.signal,
  );
}
