/** A look at every kernel: statistics, how alike its parts are, and its heat map. */
import { type Kernel, kernelStatistics } from "../analysis/blocks";
import { heatMapOf } from "../analysis/heat-map";
import { kernelBorders } from "../analysis/kernel-borders";
import { symmetryIndex } from "../analysis/symmetry";
import type { T5Configuration } from "../checkpoint/configuration";
import type { TensorStore } from "../engine/engine";
import type { PartSizes } from "../protocol/checkpoint";
import type { KernelRecord } from "../protocol/metrics";
import type { Recorder } from "./recorder";

export interface SnapshotOptions {
  readonly weights: TensorStore;
  readonly configuration: T5Configuration;
  readonly parts: readonly PartSizes[] | undefined;
  readonly step: number;
  readonly recorder: Pick<Recorder, "kernel">;
}

/** Records every matrix of the model, one at a time. */
export async function recordKernels(options: SnapshotOptions): Promise<void> {
  const { weights, configuration, parts, step, recorder } = options;
  for (const [name, { shape }] of Object.entries(weights.specs)) {
    if (shape.length !== 2) continue;
    const values = await weights.read(name);
    const kernel = { values, shape, borders: kernelBorders(name, configuration, parts) };
    recorder.kernel(recordOf(kernel, { step, name }), { step, kernel: name, ...heatMapOf(kernel) });
  }
}

function recordOf(kernel: Kernel, { step, name }: { step: number; name: string }): KernelRecord {
  const { mean, std, maxAbs, diagonalNorm, offDiagonalNorm } = kernelStatistics(kernel);
  const symmetry = symmetryIndex(kernel);
  return {
    step,
    kernel: name,
    mean,
    std,
    max_abs: maxAbs,
    ...(diagonalNorm !== undefined && { diagonal_norm: diagonalNorm }),
    ...(offDiagonalNorm !== undefined && { off_diagonal_norm: offDiagonalNorm }),
    ...(symmetry !== undefined && { symmetry }),
  };
}
