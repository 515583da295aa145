/** What the fusion asks of whoever can run a model: logits, and the sizes of the hidden states before each norm. */
import type { T5Configuration } from "../checkpoint/configuration";
import type { TensorSource } from "../checkpoint/tensor-source";
import type { PaddedBatch } from "../model/examples";

export type ProbeBatch = PaddedBatch;

/** Runs a model on an engine. */
export interface ProbeModel {
  /** Loads the weights; the caller closes what it opened. */
  open(
    configuration: T5Configuration,
    weights: TensorSource,
    signal?: AbortSignal,
  ): Promise<OpenProbe>;
}

export interface OpenProbe {
  /** [examples, targets, vocab_size], without dropout. */
  logits(batch: ProbeBatch): Promise<Float32Array>;
  /**
   * Mean square of each norm's input, by the name of the norm's weight:
   * [examples, positions, parts], a part for each of the configuration's fusion_parts; without epsilon.
   */
  normStatistics(batch: ProbeBatch): Promise<ReadonlyMap<string, Float32Array>>;
  close(): void;
}
