/** From parents on disk to a child on disk, with the proof that it computes what it should. */
import { readdir } from "node:fs/promises";
import { resolve } from "node:path";
import { shared } from "../checkpoint/carried-tensors";
import type { Checkpoint } from "../checkpoint/checkpoint";
import { childLineage, noCost } from "../checkpoint/lineage";
import type { WrittenDtype } from "../checkpoint/safetensors-writer";
import { defaultMaxShardBytes } from "../checkpoint/shard-plan";
import { openStoredTensors } from "../checkpoint/stored-tensors";
import { rowSource } from "../checkpoint/row-source";
import type { StoredSource } from "../checkpoint/tensor-source";
import { buildCheckpoint, checkCheckpointFolder } from "../checkpoint/write-checkpoint";
import { isTarget } from "../model/examples";
import type { FusionMethod, Lineage, PartSizes, Receipt } from "../protocol/checkpoint";
import { findStateFaults, growState, type ParentState } from "./grow";
import { calibratePlan, measureNormFactors } from "./norms";
import type { FusionParent } from "./parent";
import { type FusionPlan, planFusion } from "./plan";
import type { ProbeBatch, ProbeModel } from "./probe";
import { checkReceipt, limitOf, measureNoise, type ProbeSettings, prove } from "./receipt";
import { FusionRefusal } from "./refusal";
import { Crew } from "./stream/crew";
import { ParentHashes } from "./stream/identity";
import { type WrittenChild, writeChild } from "./stream/write-child";

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
  /** Or what opens it, while the fusion's threads start. */
  readonly model: ProbeModel | (() => Promise<ProbeModel>);
  /** Of the child's weights; as the parents are stored, unless given. */
  readonly dtype?: WrittenDtype | undefined;
  /** Of the weights in one file; 5 GB unless given. */
  readonly maxShardBytes?: number | undefined;
  /** The worker's bundle; without it all is done in this thread. */
  readonly worker?: URL | undefined;
  readonly threads?: number | undefined;
  /** For the lineage: "deep-fusion 0.1.0". */
  readonly createdBy: string;
  /** Milliseconds; of this process unless given. */
  readonly now?: () => number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (label: string, done: number, of: number) => void;
}

/**
 * The child appears as a whole, once what was written has been proven.
 * @throws {FusionRefusal} the parents do not fit
 * @throws {FusionNotPreserved} the child does not compute what an exact fusion must
 * @throws {RangeError} fill or directory cannot be used, or the dtype cannot hold a value
 * @throws {CheckpointWriteError} the system refuses to write
 */
export async function fuseCheckpoints(options: FuseOptions): Promise<Lineage> {
  checkOptions(options);
  await checkCheckpointFolder(options.directory);
  const now = options.now ?? (() => performance.now());
  const startMs = now();
  planFusion(options.parents.map(fusionParent), options);
  const { worker, threads = 1, signal, model } = options;
  const crew = new Crew({ worker, threads, signal });
  try {
    crew.hire(options.parents.length);
    const opened = { ...options, crew, model: typeof model === "function" ? await model() : model };
    return await fuseWith(opened, () => (now() - startMs) / 1000);
  } finally {
    await crew.close();
  }
}

interface Opened extends FuseOptions {
  readonly model: ProbeModel;
  readonly crew: Crew;
}

async function fuseWith(options: Opened, elapsedSeconds: () => number): Promise<Lineage> {
  const hashes = new ParentHashes(options.crew);
  const fusion = await planCheckpoints(options, hashes);
  let lineage: Lineage | undefined;
  await buildCheckpoint(
    options.directory,
    async (staged) => {
      const proven = await writeProven(staged, fusion, { ...options, hashes });
      lineage = lineageOf(fusion, options, { ...proven, seconds: elapsedSeconds() });
      return besideWeights(fusion, options, lineage);
    },
    options.signal,
  );
  return lineage!;
}

/** What is fused, and how. */
interface Fusion {
  readonly plan: FusionPlan;
  /** Each of the plan's parents. */
  readonly parents: readonly NamedCheckpoint[];
  readonly states: readonly ParentState[];
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

async function planCheckpoints(options: Opened, hashes: ParentHashes): Promise<Fusion> {
  const identities = await hashes.identities(
    options.parents.map(({ checkpoint }) => checkpoint.weights),
  );
  const given = options.parents.map((parent, i) => ({
    ...fusionParent(parent),
    identity: identities[i]!,
  }));
  const plan = planFusion(given, options);
  const parents = plan.parents.map(
    (parent) => options.parents[given.findIndex((one) => one === parent)]!,
  );
  const states = parents.map(parentState);
  if (options.optimizer === "grow") refuseStates(states);
  const weights = parents.map(({ checkpoint }) => checkpoint.weights);
  return { plan: await calibrated(plan, weights, options), parents, states };
}

/** What planFusion() must know of a checkpoint. */
export function fusionParent({ name, checkpoint, tokenizer }: NamedCheckpoint): FusionParent {
  return {
    name,
    configuration: checkpoint.configuration,
    shapes: checkpoint.weights.shapes,
    carried: checkpoint.carried,
    ...(tokenizer && { tokenizer }),
  };
}

async function calibrated(
  plan: FusionPlan,
  sources: readonly StoredSource[],
  options: Opened,
): Promise<FusionPlan> {
  if (plan.method !== "calibrated") return plan;
  options.onProgress?.("calibrating norms", 0, 1);
  const parents = sources.map(rowSource);
  const factors = await measureNormFactors(plan, { parents, ...probeSettings(options) });
  options.onProgress?.("calibrating norms", 1, 1);
  return calibratePlan(plan, factors);
}

function probeSettings({ model, probe, signal }: Opened): ProbeSettings {
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

/** Runs the parents, and the child as it was written; the exact fusion is judged without the fill. */
async function proveFusion(
  staged: string,
  { plan, parents }: Fusion,
  options: Opened,
): Promise<Receipt> {
  const { fill, probe, onProgress } = options;
  const written = await openStoredTensors(staged, new Set(await readdir(staged)));
  try {
    const settings = {
      ...probeSettings(options),
      parents: parents.map(({ checkpoint }) => rowSource(checkpoint.weights)),
    };
    const proof = await prove(plan, {
      ...settings,
      child: rowSource(written),
      filled: fill > 0,
      onProgress: (done, of) => onProgress?.("checking against the parents", done, of),
    });
    const { drift } = proof.child;
    const dtype = writtenDtype(options);
    const receipt: Receipt = {
      method: plan.method,
      kind: plan.exact ? "exact" : "drifts",
      drift,
      limit: await limitOf(plan.exact ? drift : 0, {
        dtype,
        noise: () => measureNoise(plan, { ...settings, dtype }),
      }),
      parent_losses: proof.losses,
      child_loss: proof.child.loss,
      probe: { source: probe.source, ...probeSize(probe.batches) },
    };
    checkReceipt(receipt);
    if (proof.filled === undefined) return receipt;
    return { ...receipt, filled_drift: proof.filled.drift, filled_loss: proof.filled.loss };
  } finally {
    await written.close();
  }
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

interface Proven {
  readonly receipt: Receipt;
  /** Of each of the plan's parents. */
  readonly sha256: readonly string[];
  readonly seconds: number;
}

function lineageOf(
  { parents }: Fusion,
  { createdBy, method, fill, seed, optimizer }: FuseOptions,
  { receipt, sha256, seconds }: Proven,
): Lineage {
  return childLineage({
    createdBy,
    operation: { kind: "fused", method, fill, seed, optimizer, receipt },
    // Fusing is no training, so it has no steps and no tokens; its time is as good as any other.
    ownCost: { ...noCost, device_seconds: seconds },
    parents: parents.map(({ name, checkpoint }, i) => ({
      name,
      weightsSha256: sha256[i]!,
      lineage: checkpoint.lineage,
    })),
    parts: parents.flatMap(partsOf),
  });
}

/** A fused parent brings its own parts, so that every block border stays known. */
function partsOf({ checkpoint }: NamedCheckpoint): readonly PartSizes[] {
  const { d_model, num_heads, d_ff } = checkpoint.configuration;
  return checkpoint.lineage?.parts ?? [{ d_model, num_heads, d_ff }];
}

/** The weights; then their proof and the parents' hashes, while the disk takes them. */
async function writeProven(
  staged: string,
  fusion: Fusion,
  options: Opened & { readonly hashes: ParentHashes },
): Promise<Pick<Proven, "receipt" | "sha256">> {
  const { crew, hashes } = options;
  const { synced } = await writeWeights(staged, fusion, options);
  try {
    const hashed = Promise.all(
      fusion.parents.map(({ checkpoint }) => hashes.of(checkpoint.weights)),
    );
    hashed.catch(() => undefined); // heard below, unless the proof fails
    const receipt = await proveFusion(staged, fusion, options);
    const sha256 = await hashed;
    await crew.close(); // what its threads hold is the optimizer's state's now
    return { sha256, receipt };
  } finally {
    await synced;
  }
}

async function writeWeights(
  staged: string,
  { plan, parents }: Fusion,
  options: Opened,
): Promise<WrittenChild> {
  const { fill, seed, crew, onProgress, maxShardBytes = defaultMaxShardBytes } = options;
  const carried = await shared(parents.map(({ checkpoint }) => checkpoint.carried));
  return writeChild(staged, plan, {
    ...{ fill, seed, crew, maxShardBytes, carried },
    parents: parents.map(({ checkpoint }) => checkpoint.weights),
    dtype: writtenDtype(options),
    onProgress: (done, of) => onProgress?.("writing", done, of),
  });
}

/** What the parents are stored as, where that is one format that we write; else float32. */
export function writtenDtype({
  dtype,
  parents,
}: Pick<FuseOptions, "dtype" | "parents">): WrittenDtype {
  if (dtype !== undefined) return dtype;
  const stored = new Set(
    parents.flatMap(({ checkpoint: { weights } }) =>
      [...weights.shapes.keys()].map((name) => weights.dtype(name)),
    ),
  );
  const [only] = stored;
  return stored.size === 1 && (only === "F16" || only === "BF16") ? only : "F32";
}

function besideWeights({ plan, states }: Fusion, options: FuseOptions, lineage: Lineage) {
  const grown = options.optimizer === "grow" ? growState(plan, states) : undefined;
  return {
    configuration: plan.configuration,
    dtype: writtenDtype(options),
    lineage,
    optimizer: grown?.state,
    trainerState: grown && { optimizer: grown.record },
    generation: options.parents
      .map(({ checkpoint }) => checkpoint.generation)
      .find((generation) => generation !== undefined),
    parentCards: options.parents.map(({ checkpoint }) => checkpoint.card),
    tokenizerFiles: options.parents
      .map(({ checkpoint }) => checkpoint.tokenizerFiles)
      .find((files) => files.length > 0),
    onProgress: (done: number, of: number) =>
      options.onProgress?.("writing the optimizer's state", done, of),
  };
}
