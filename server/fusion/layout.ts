/**
 * Where the parents' values lie in each tensor of the child. Kernels are stored as torch has them, [out, in].
 *
 * The operator (Deep Fusion, Eq. 3-5): kernels between hidden states are block-diagonal, so that a fused layer
 * computes the concatenation of the parents' outputs; whatever reads or writes hidden states against an axis that
 * all parents share (tokens, relative positions) is concatenated on the other axis.
 */
import type { T5Configuration } from "../checkpoint/configuration";
import { parameterShapes } from "../checkpoint/parameters";
import { type AxisKind, axesOf } from "../checkpoint/tensor-axes";
import { initialStd } from "../model/initialise";
import { headFactors } from "./head";

/**
 * A parent's indices along one axis, in `groups` runs (heads, or one): run g takes `parentSize` indices of the
 * parent from `parentStart + g parentSize`, and `childSize` of the child from `childStart + g childSize`. Of a run
 * that is longer in the child the rest is padding, of one that is longer in the parent the rest is left out.
 */
export interface Span {
  readonly groups: number;
  readonly parentStart: number;
  readonly parentSize: number;
  readonly childStart: number;
  readonly childSize: number;
}

/** One parent's (or part's) rectangle on the diagonal of a child's tensor. */
export interface BlockPlan {
  readonly parent: number;
  /** The parent's tensor; undefined for a layer that it does not have. */
  readonly source: string | undefined;
  readonly rows: Span;
  readonly columns: Span;
  /** The child's values are this times the parent's. */
  readonly scale: number;
  /** Standard deviation of what the padding of heads starts from; 0: zeros. */
  readonly paddingStd: number;
  /** What a layer that the parent does not have starts from: a normal of this mean and deviation. */
  readonly initial: { readonly mean: number; readonly std: number };
}

export interface TensorPlan {
  readonly name: string;
  readonly shape: readonly number[];
  /** As a matrix; a vector is one row. */
  readonly rows: number;
  readonly columns: number;
  readonly blocks: readonly BlockPlan[];
  /** Whether there are off-diagonal blocks (which the fill is for): both axes are made of parts. */
  readonly blockDiagonal: boolean;
}

/** The tensors in the child's file order. */
export function planTensors(
  parents: readonly T5Configuration[],
  child: T5Configuration,
): ReadonlyMap<string, TensorPlan> {
  const tensors = new Map<string, TensorPlan>();
  for (const [name, shape] of parameterShapes(child)) {
    tensors.set(name, planTensor({ parents, child, name, shape }));
  }
  return tensors;
}

interface TensorContext {
  readonly parents: readonly T5Configuration[];
  readonly child: T5Configuration;
  readonly name: string;
  readonly shape: readonly number[];
}

function planTensor(context: TensorContext): TensorPlan {
  const { name, shape, parents } = context;
  const [rowKind, columnKind] = axesOf(name);
  const blocks = parents.flatMap((_, parent) => planBlocks(context, parent));
  return {
    name,
    shape,
    rows: shape.length === 1 ? 1 : shape[0]!,
    columns: shape.at(-1)!,
    blocks,
    blockDiagonal: isOfParts(rowKind) && isOfParts(columnKind),
  };
}

function isOfParts(kind: AxisKind): boolean {
  return kind !== "vocabulary" && kind !== "buckets" && kind !== "one";
}

/** One block for each parent; a norm has one for each of its parts, since calibration scales them apart. */
function planBlocks(context: TensorContext, parent: number): BlockPlan[] {
  const [rowKind, columnKind] = axesOf(context.name);
  const rows = spanOf(rowKind, context, parent);
  const columns = spanOf(columnKind, context, parent);
  const block = {
    parent,
    source: sourceOf(context, parent),
    rows,
    scale: scaleOf(context, parent),
    ...startOf(context.name, context.parents[parent]!),
  };
  if (rowKind !== "one") return [{ ...block, columns }];
  return splitByParts(columns, context.parents[parent]!.fusion_parts).map((part) => ({
    ...block,
    columns: part,
  }));
}

function splitByParts(span: Span, widths: readonly number[]): Span[] {
  let start = 0;
  return widths.map((width) => {
    const part = {
      groups: 1,
      parentStart: start,
      parentSize: width,
      childStart: span.childStart + start,
      childSize: width,
    };
    start += width;
    return part;
  });
}

function spanOf(kind: AxisKind, { parents, child }: TensorContext, parent: number): Span {
  const own = parents[parent]!;
  const before = (size: (configuration: T5Configuration) => number) =>
    parents.slice(0, parent).reduce((sum, configuration) => sum + size(configuration), 0);
  const plain = (parentSize: number, childStart: number, childSize = parentSize): Span => ({
    groups: 1,
    parentStart: 0,
    parentSize,
    childStart,
    childSize,
  });
  switch (kind) {
    case "one":
      return plain(1, 0);
    case "vocabulary":
      return plain(own.vocab_size, 0, child.vocab_size);
    case "buckets":
      return plain(own.relative_attention_num_buckets, 0);
    case "model":
      return plain(
        own.d_model,
        before(({ d_model }) => d_model),
      );
    case "ff":
      return plain(
        own.d_ff,
        before(({ d_ff }) => d_ff),
      );
    case "heads":
      return plain(
        own.num_heads,
        before(({ num_heads }) => num_heads),
      );
    case "inner":
      return {
        groups: own.num_heads,
        parentStart: 0,
        parentSize: own.d_kv,
        childStart: before(({ num_heads }) => num_heads) * child.d_kv,
        childSize: child.d_kv,
      };
  }
}

/** The parent's tensor of that name; its embedding stands in for a head that it has tied. */
function sourceOf({ name, parents }: TensorContext, parent: number): string | undefined {
  const own = parents[parent]!;
  if (name === "lm_head.weight" && own.tie_word_embeddings) return "shared.weight";
  const layer = /^(encoder|decoder)\.block\.(\d+)\./.exec(name);
  if (layer === null) return name;
  const depth = layer[1] === "encoder" ? own.num_layers : own.num_decoder_layers;
  return Number(layer[2]) < depth ? name : undefined;
}

function scaleOf({ name, parents, child }: TensorContext, parent: number): number {
  const carrier = child.tie_word_embeddings ? "decoder.final_layer_norm.weight" : "lm_head.weight";
  if (name !== carrier) return 1;
  return headFactors(parents, { scaled: child.scale_decoder_outputs })[parent]!;
}

/**
 * What new values start from: T5's initial values by the parent's own sizes, but zeros where anything else would
 * change what the child computes. With o and wo zero a layer is the identity; with q's and o's padding zero a wider
 * head gives the same scores and values, while k's and v's padding lets that padding learn.
 */
function startOf(name: string, parent: T5Configuration): Pick<BlockPlan, "paddingStd" | "initial"> {
  const std = initialStd(parent, name);
  if (std === undefined) {
    return { paddingStd: 0, initial: { mean: parent.initializer_factor, std: 0 } };
  }
  const isOutput = /\.w?o\.weight$/.test(name);
  const isKeyOrValue = /\.[kv]\.weight$/.test(name);
  return {
    paddingStd: isKeyOrValue ? std : 0,
    initial: { mean: 0, std: isOutput ? 0 : std },
  };
}
