/** The child's weights, computed from the parents' one tensor at a time: memory does not grow with the model. */
import { type TensorSource, sizeOf } from "../checkpoint/tensor-source";
import type { TensorPlan } from "./layout";
import { fillOffDiagonal, placeBlocks, pooledStd } from "./operator";
import type { FusionPlan } from "./plan";

export interface ChildOptions {
  /** Weights of each of the plan's parents. */
  readonly parents: readonly TensorSource[];
  /** Standard deviation of the off-diagonal blocks as a fraction of the kernel's own in the parents. */
  readonly fill: number;
  readonly seed: number;
}

/** Every read computes its tensor anew, with the same values. */
export function childWeights(plan: FusionPlan, options: ChildOptions): TensorSource {
  const shapes = new Map([...plan.tensors].map(([name, { shape }]) => [name, shape]));
  return {
    shapes,
    async read(name) {
      const tensor = plan.tensors.get(name);
      if (tensor === undefined) {
        throw new RangeError(`Cannot read tensor ${name}: the fused model has none of that name`);
      }
      return childTensor(tensor, options);
    },
  };
}

async function childTensor(tensor: TensorPlan, options: ChildOptions): Promise<Float32Array> {
  const sources = await readSources(tensor, options.parents);
  const target = new Float32Array(sizeOf(tensor.shape));
  placeBlocks(tensor, sources, target, options.seed);
  if (options.fill > 0) {
    const std = options.fill * pooledStd(sources);
    fillOffDiagonal(tensor, target, { std, seed: options.seed });
  }
  return target;
}

/** The parent's tensor for each block; one that serves several blocks is read once. */
export async function readSources(
  tensor: TensorPlan,
  parents: readonly TensorSource[],
): Promise<(Float32Array | undefined)[]> {
  const read = new Map<TensorSource, Float32Array>();
  const sources: (Float32Array | undefined)[] = [];
  for (const { parent, source } of tensor.blocks) {
    const from = parents[parent]!;
    if (source !== undefined && !read.has(from)) read.set(from, await from.read(source));
    sources.push(source === undefined ? undefined : read.get(from));
  }
  return sources;
}
