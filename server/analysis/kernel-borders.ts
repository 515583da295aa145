/** Where the parts of a fused model begin along the axes of its kernels. */
import type { T5Configuration } from "../checkpoint/configuration";
import { type AxisKind, axesOf } from "../checkpoint/tensor-axes";
import type { PartSizes } from "../protocol/checkpoint";

/** First rows and columns of the parts; [] along an axis that all parts share, or where there is one part. */
export interface KernelBorders {
  readonly rows: readonly number[];
  readonly columns: readonly number[];
}

/**
 * Borders of the tensor `name`, stored [out, in]; a vector has columns only. Where the parts are not known (a
 * property child from elsewhere) the axes of the hidden state are still cut by `fusion_parts`.
 */
export function kernelBorders(
  name: string,
  configuration: T5Configuration,
  parts: readonly PartSizes[] | undefined,
): KernelBorders {
  const [rows, columns] = axesOf(name);
  return {
    rows: borders(rows, configuration, parts),
    columns: borders(columns, configuration, parts),
  };
}

function borders(
  axis: AxisKind,
  configuration: T5Configuration,
  parts: readonly PartSizes[] | undefined,
): readonly number[] {
  switch (axis) {
    case "one":
    case "vocabulary":
    case "buckets":
      return [];
    case "model":
      return starts(parts?.map(({ d_model }) => d_model) ?? configuration.fusion_parts);
    case "heads":
      return starts(parts?.map(({ num_heads }) => num_heads) ?? []);
    case "inner":
      return starts(parts?.map(({ num_heads }) => num_heads * configuration.d_kv) ?? []);
    case "ff":
      return starts(parts?.map(({ d_ff }) => d_ff) ?? []);
  }
}

function starts(sizes: readonly number[]): readonly number[] {
  if (sizes.length < 2) return [];
  let start = 0;
  return sizes.map((size) => (start += size) - size);
}
