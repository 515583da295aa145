/** The child's weights in memory, tensor by tensor, from its parents' in memory. */
import { sizeOf, type TensorSource } from "../../../server/checkpoint/tensor-source";
import {
  addMoments,
  fillOffDiagonal,
  type Moments,
  placeRows,
  type ReadRows,
  stdOf,
  type Values,
} from "../../../server/fusion/operator";
import type { TensorPlan } from "../../../server/fusion/layout";
import type { FusionPlan } from "../../../server/fusion/plan";

export interface ChildOptions {
  readonly parents: readonly TensorSource[];
  readonly fill: number;
  readonly seed: number;
}

export function childWeights(plan: FusionPlan, options: ChildOptions): TensorSource {
  return {
    shapes: new Map([...plan.tensors].map(([name, { shape }]) => [name, shape])),
    read: async (name) => childTensor(plan.tensors.get(name)!, options),
  };
}

/** Rows out of whole tensors. */
export function rowsInMemory(
  tensor: TensorPlan,
  values: (parent: number, source: string) => Values,
): ReadRows {
  return ({ parent, source, columns }, first, count) => {
    const whole = values(parent, source!);
    if (tensor.shape.length === 1) return whole;
    const width = columns.groups * columns.parentSize;
    return whole.subarray(first * width, (first + count) * width);
  };
}

async function childTensor(
  tensor: TensorPlan,
  { parents, fill, seed }: ChildOptions,
): Promise<Float32Array> {
  const read = await Promise.all(
    tensor.blocks.map(async ({ parent, source }) => source && parents[parent]!.read(source)),
  );
  const values = (parent: number) =>
    read[tensor.blocks.findIndex((block) => block.parent === parent)] as Float32Array;
  const rows = { from: 0, to: tensor.rows };
  const target = new Float32Array(sizeOf(tensor.shape));
  placeRows(tensor, target, { rows, read: rowsInMemory(tensor, values), seed });
  const std = fill * pooledStd(read.filter((source) => typeof source === "object"));
  fillOffDiagonal(tensor, target, { std, seed, rows });
  return target;
}

export function pooledStd(sources: readonly Float32Array[]): number {
  const moments: Moments = { count: 0, sum: 0, squares: 0 };
  for (const source of sources) addMoments(moments, source);
  return stdOf(moments);
}
