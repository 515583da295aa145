/** What the fusion asks of whoever can run a model: its states before the head, and logits of parts of the vocabulary. */
import type { T5Configuration } from "../checkpoint/configuration";
import type { PaddedBatch } from "../model/examples";
import type { RunOptions, TensorwiseRun } from "../model/tensorwise/run";

export type ProbeBatch = PaddedBatch;

/** Runs models on an engine, in memory that does not grow with them. */
export interface ProbeModel {
  run(configuration: T5Configuration, options: Omit<RunOptions, "pieces">): ProbeRun;
}

export type ProbeRun = Pick<TensorwiseRun, "states" | "logits">;
