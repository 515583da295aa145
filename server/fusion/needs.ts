/** What a fusion takes of the machine, known before it begins. */
import { availableParallelism } from "node:os";
import type { T5Configuration } from "../checkpoint/configuration";
import {
  type OptimizerKind,
  parseOptimizerRecord,
  stateShapes,
} from "../checkpoint/optimizer-state";
import { parameterCount } from "../checkpoint/parameters";
import { type WrittenDtype, writtenBytes } from "../checkpoint/safetensors-writer";
import { sizeOf } from "../checkpoint/tensor-source";
import { type FuseOptions, type NamedCheckpoint, writtenDtype } from "./fuse";
import type { FusionPlan } from "./plan";
import type { ProbeBatch } from "./probe";
import { randomProbe } from "./random-probe";
import { groupTokens } from "./receipt";

export interface FusionNeeds {
  /** Of the child's checkpoint; an old one in its place goes only when the new one is complete. */
  readonly diskBytes: number;
  /** Estimated peak of the whole process; it hardly grows with the model. */
  readonly memoryBytes: number;
}

export interface NeedsOptions {
  readonly dtype: WrittenDtype;
  /** Whose state grows with the weights; undefined: none. */
  readonly optimizer: OptimizerKind | undefined;
  readonly probe: readonly Pick<ProbeBatch, "examples" | "inputs" | "targets">[];
  readonly threads: number;
}

const mebibyte = 2 ** 20;
/** Measured: Node, this program and the engine. */
const programBytes = 120 * mebibyte;
/** Measured: a thread with its pieces of source and target. */
const threadBytes = 13 * mebibyte;
/** Measured: pieces of a kernel on their way through the engine. */
const proofBytes = 76 * mebibyte;
const floatBytes = 4;

export type NeedsChoice = Pick<FuseOptions, "parents" | "optimizer" | "dtype"> & {
  /** Random tokens, unless given. */
  readonly probe?: FuseOptions["probe"];
  readonly threads?: number | undefined;
};

/** Of these checkpoints, as they are stored. */
export function needsOf(plan: FusionPlan, choice: NeedsChoice): FusionNeeds {
  const { parents, optimizer, threads = availableParallelism() } = choice;
  const configurations = parents.map(({ checkpoint }) => checkpoint.configuration);
  const probe = choice.probe ?? randomProbe(configurations, { method: plan.method, seed: 0 });
  return fusionNeeds(plan, {
    dtype: writtenDtype(choice),
    optimizer: optimizer === "grow" ? optimizerKind(parents[0]!) : undefined,
    probe: probe.batches,
    threads,
  });
}

/** Of the state beside a checkpoint; undefined where it has none. */
export function optimizerKind({ checkpoint }: NamedCheckpoint) {
  return parseOptimizerRecord(checkpoint.trainerState, checkpoint.directory)?.kind;
}

export function fusionNeeds(plan: FusionPlan, options: NeedsOptions): FusionNeeds {
  const state = stateOf(plan, options.optimizer);
  const weights = parameterCount(plan.configuration) * writtenBytes[options.dtype];
  // Threads hash until the proof has ended; the state grows afterwards.
  const proving =
    options.threads * threadBytes + proofBytes + activationBytes(plan.configuration, options.probe);
  const growing = (1 + plan.parents.length) * floatBytes * state.largest;
  return {
    diskBytes: weights + floatBytes * state.values,
    memoryBytes: programBytes + Math.max(proving, growing),
  };
}

/** Values of the child's state, and of the largest tensor that is made for it. */
function stateOf(plan: FusionPlan, optimizer: OptimizerKind | undefined) {
  if (optimizer === undefined) return { values: 0, largest: 0 };
  const shapes = [...plan.tensors.values()].map(({ shape }) => shape);
  const values = shapes.flatMap((shape) =>
    Object.values(stateShapes(optimizer, shape)).map(sizeOf),
  );
  return {
    values: values.reduce((sum, size) => sum + size, 0),
    largest: Math.max(...shapes.map(sizeOf)),
  };
}

/** Of a decoder layer, which reads the encoder's output too, for the child with and without its fill. */
function activationBytes(
  { d_model, d_ff, d_kv, num_heads }: T5Configuration,
  probe: NeedsOptions["probe"],
): number {
  const tokens = probe.reduce(
    (sum, { examples, inputs, targets }) => sum + examples * (inputs + targets),
    0,
  );
  const widths = 4 * d_model + 4 * d_kv * num_heads + 3 * d_ff;
  return 2 * Math.min(tokens, groupTokens) * widths * floatBytes;
}
