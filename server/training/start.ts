/** Where a train stage begins: its own newest checkpoint, its parent's output, or a new model. */
import type { Checkpoint } from "../checkpoint/checkpoint";
import { openCheckpoint } from "../checkpoint/checkpoint";
import type { T5Configuration } from "../checkpoint/configuration";
import { weightsSha256 } from "../checkpoint/hash";
import { childLineage, noCost } from "../checkpoint/lineage";
import { parseOptimizerRecord } from "../checkpoint/optimizer-state";
import type { TensorSource } from "../checkpoint/tensor-source";
import type { Lineage } from "../protocol/checkpoint";
import { initialWeights } from "./initial-weights";
import { firstLossScale } from "./loss-scale";
import { noProgress, parseProgress, type Progress } from "./progress";
import type { TrainSettings } from "./settings";
import { openNewest } from "./stage-folder";
import { areFinite } from "./weights";

export type TrainStart =
  | { readonly kind: "initialise"; readonly configuration: T5Configuration }
  | {
      readonly kind: "checkpoint";
      /** Name of the stage that wrote it, for the lineage. */
      readonly name: string;
      readonly directory: string;
      /** "carry": go on with its optimizer state, where it has one of this stage's optimizer. */
      readonly optimizer: "carry" | "reset";
    };

export interface StartOptions {
  readonly start: TrainStart;
  readonly settings: TrainSettings;
  /** The stage's folder. */
  readonly directory: string;
  readonly createdBy: string;
  /** The bundle of the thread that draws a new model's weights; without it, they are drawn in this one. */
  readonly weightsWorker?: URL;
  readonly signal?: AbortSignal;
}

export interface OpenStart {
  readonly configuration: T5Configuration;
  readonly weights: TensorSource;
  /** Undefined: the state starts at zero. */
  readonly optimizer: TensorSource | undefined;
  readonly progress: Progress;
  /** The stage's checkpoint that it goes on from; undefined: it begins. */
  readonly resumed: string | undefined;
  /** Of the stage's checkpoints; the cost is filled in when one is saved. */
  readonly lineage: Lineage;
  /** The checkpoint that it begins with, or goes on from: what its own checkpoints carry over from there. */
  readonly origin: Pick<Checkpoint, "generation" | "card" | "carried"> | undefined;
  /** For the log: what the stage begins with. */
  readonly detail: string;
  close(): Promise<void>;
}

/** @throws what a checkpoint is refused for */
export async function openStart(options: StartOptions): Promise<OpenStart> {
  const newest = await openNewest(options.directory);
  if (newest !== undefined) return guarded(newest, () => resume(newest, options));
  if (options.start.kind === "initialise") return initialise(options.start.configuration, options);
  const parent = await openCheckpoint(options.start.directory);
  return guarded(parent, () => inherit(parent, options));
}

/** Closes the checkpoint where the stage cannot begin with it. */
async function guarded(
  checkpoint: Checkpoint,
  open: () => OpenStart | Promise<OpenStart>,
): Promise<OpenStart> {
  try {
    return await open();
  } catch (error) {
    await checkpoint.close();
    throw error;
  }
}

function resume(checkpoint: Checkpoint, { settings, createdBy }: StartOptions): OpenStart {
  const { configuration, weights, optimizer, directory } = checkpoint;
  const progress = parseProgress(checkpoint.trainerState, `${directory}/trainer_state.json`);
  const kind = parseOptimizerRecord(checkpoint.trainerState, directory)?.kind;
  if (kind !== settings.optimizer.kind) {
    throw new RangeError(
      `Cannot resume from ${directory}: its optimizer is ${kind}, the stage's ${settings.optimizer.kind}; ` +
        "put the old optimizer back, or start a new run",
    );
  }
  return {
    configuration,
    weights: finite(weights, directory),
    optimizer: optimizer && finite(optimizer, directory),
    progress,
    resumed: directory,
    lineage: checkpoint.lineage ?? trainedLineage({ createdBy }),
    origin: checkpoint,
    detail: `from step ${progress.step}`,
    close: () => checkpoint.close(),
  };
}

function initialise(configuration: T5Configuration, options: StartOptions): OpenStart {
  const { seed } = options.settings;
  const weights = initialWeights({ configuration, seed, worker: options.weightsWorker });
  return {
    configuration,
    weights,
    optimizer: undefined,
    progress: beginning(options),
    resumed: undefined,
    lineage: trainedLineage(options),
    origin: undefined,
    detail: `a new model, seed ${seed}`,
    close: () => weights.close(),
  };
}

async function inherit(checkpoint: Checkpoint, options: StartOptions): Promise<OpenStart> {
  const { configuration, weights, lineage, directory } = checkpoint;
  const name = options.start.kind === "checkpoint" ? options.start.name : directory;
  const carried = carriedState(checkpoint, options);
  return {
    configuration,
    weights: finite(weights, directory),
    optimizer: carried && finite(carried.source, directory),
    progress: { ...beginning(options), updates: carried?.updates ?? 0 },
    resumed: undefined,
    lineage: trainedLineage({
      createdBy: options.createdBy,
      parent: { name, weightsSha256: await weightsSha256(weights, options.signal), lineage },
    }),
    origin: checkpoint,
    detail: `${name}, ${carried ? "with its optimizer state" : "with a new optimizer state"}`,
    close: () => checkpoint.close(),
  };
}

function beginning({ settings: { precision } }: StartOptions): Progress {
  return precision === "float32" ? noProgress : { ...noProgress, lossScale: firstLossScale };
}

/** Blames the checkpoint, and not the training, for a value that nothing can be computed with. */
function finite(source: TensorSource, directory: string): TensorSource {
  return {
    shapes: source.shapes,
    read: async (name) => {
      const values = await source.read(name);
      if (areFinite(values)) return values;
      throw new RangeError(
        `Cannot train from ${directory}: its ${name} holds NaN or infinity; start from another checkpoint`,
      );
    },
  };
}

function carriedState(checkpoint: Checkpoint, { start, settings }: StartOptions) {
  const record = parseOptimizerRecord(
    checkpoint.trainerState,
    `${checkpoint.directory}/trainer_state.json`,
  );
  const wanted = start.kind === "checkpoint" && start.optimizer === "carry";
  if (!wanted || checkpoint.optimizer === undefined || record?.kind !== settings.optimizer.kind) {
    return undefined;
  }
  return { source: checkpoint.optimizer, updates: record.updates };
}

function trainedLineage(of: {
  readonly createdBy: string;
  readonly parent?: Parameters<typeof childLineage>[0]["parents"][number];
}): Lineage {
  const parts = of.parent?.lineage?.parts;
  return childLineage({
    createdBy: of.createdBy,
    operation: { kind: "trained", steps: 0 },
    ownCost: noCost,
    parents: of.parent ? [of.parent] : [],
    ...(parts && { parts }),
  });
}
