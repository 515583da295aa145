/** Operations that move values about, or repeat them, without changing any. */
import { backend_util, slice_util, util } from "@tensorflow/tfjs-core";
import type {
  ConcatAttrs,
  ExpandDimsAttrs,
  ExpandDimsInputs,
  PackAttrs,
  PadV2Attrs,
  ReshapeAttrs,
  ReshapeInputs,
  SliceAttrs,
  SplitVAttrs,
  TensorInfo,
  TileAttrs,
  TransposeAttrs,
  UnaryInputs,
  UnpackAttrs,
  UnpackInputs,
} from "@tensorflow/tfjs-core";
import type { TraceBackend } from "../backend";
import { type Kernels, kernel, numberLike, reshaped } from "./kernel";

export const shapeKernels: Kernels = {
  Reshape: kernel<ReshapeInputs, ReshapeAttrs>((trace, { x }, { shape }) =>
    reshaped(trace, x, util.inferFromImplicitShape(shape, util.sizeFromShape(x.shape))),
  ),
  ExpandDims: kernel<ExpandDimsInputs, ExpandDimsAttrs>((trace, { input }, { dim }) => {
    const at = dim < 0 ? dim + input.shape.length + 1 : dim;
    return reshaped(trace, input, [...input.shape.slice(0, at), 1, ...input.shape.slice(at)]);
  }),
  Transpose: kernel<UnaryInputs, TransposeAttrs>((trace, { x }, { perm }) => {
    if (perm.every((from, to) => from === to)) return x;
    const name = trace.graph.node("Transpose", [trace.nameOf(x)], { attributes: { perm } });
    return trace.value(
      name,
      perm.map((from) => x.shape[from]!),
      x.dtype,
    );
  }),
  Slice: kernel<UnaryInputs, SliceAttrs>((trace, { x }, { begin, size }) => {
    const [starts, sizes] = slice_util.parseSliceParams(x, begin, size);
    const { graph } = trace;
    const name = graph.node("Slice", [
      trace.nameOf(x),
      graph.integers(starts!),
      graph.integers(starts!.map((start, axis) => start + sizes![axis]!)),
    ]);
    return trace.value(name, sizes!, x.dtype);
  }),
  Concat: kernel<TensorInfo[], ConcatAttrs>((trace, inputs, { axis }) => {
    const tensors = Array.from(inputs);
    const [along] = util.parseAxisParam(axis, tensors[0]!.shape) as [number];
    return joined(trace, tensors, along);
  }),
  Pack: kernel<TensorInfo[], PackAttrs>((trace, inputs, { axis }) => {
    const tensors = Array.from(inputs);
    const { shape } = tensors[0]!;
    const at = axis < 0 ? axis + shape.length + 1 : axis;
    const expanded = [...shape.slice(0, at), 1, ...shape.slice(at)];
    return joined(
      trace,
      tensors.map((tensor) => reshaped(trace, tensor, expanded)),
      at,
    );
  }),
  Unpack: kernel<UnpackInputs, UnpackAttrs>((trace, { value }, { axis }) => {
    const [along] = util.parseAxisParam(axis, value.shape) as [number];
    const shape = value.shape.filter((_, index) => index !== along);
    const sizes = Array<number>(value.shape[along]!).fill(1);
    return divided(trace, value, { sizes, axis: along }).map((part) =>
      reshaped(trace, part, shape),
    );
  }),
  SplitV: kernel<UnaryInputs, SplitVAttrs>((trace, { x }, { numOrSizeSplits, axis }) => {
    const [along] = util.parseAxisParam(axis, x.shape) as [number];
    const sizes = backend_util.prepareSplitSize(x, numOrSizeSplits, along);
    return divided(trace, x, { sizes, axis: along });
  }),
  PadV2: kernel<UnaryInputs, PadV2Attrs>((trace, { x }, { paddings, constantValue }) => {
    const { graph } = trace;
    const before = paddings.map(([count]) => count);
    const after = paddings.map(([, count]) => count);
    const inputs = [graph.integers([...before, ...after]), numberLike(trace, x, constantValue)];
    const shape = x.shape.map((size, axis) => before[axis]! + size + after[axis]!);
    return trace.value(graph.node("Pad", [trace.nameOf(x), ...inputs]), shape, x.dtype);
  }),
  Tile: kernel<UnaryInputs, TileAttrs>((trace, { x }, { reps }) => {
    const name = trace.graph.node("Tile", [trace.nameOf(x), trace.graph.integers(reps)]);
    const shape = x.shape.map((size, axis) => size * reps[axis]!);
    return trace.value(name, shape, x.dtype);
  }),
};

function joined(trace: TraceBackend, tensors: readonly TensorInfo[], axis: number): TensorInfo {
  if (tensors.length === 1) return tensors[0]!;
  const shape = backend_util.computeOutShape(
    tensors.map((tensor) => tensor.shape),
    axis,
  );
  const names = tensors.map((tensor) => trace.nameOf(tensor));
  const name = trace.graph.node("Concat", names, { attributes: { axis } });
  return trace.value(name, shape, tensors[0]!.dtype);
}

function divided(
  trace: TraceBackend,
  x: TensorInfo,
  options: { readonly sizes: readonly number[]; readonly axis: number },
): TensorInfo[] {
  const { sizes, axis } = options;
  const names = trace.graph.nodes("Split", [trace.nameOf(x), trace.graph.integers(sizes)], {
    attributes: { axis },
    outputs: sizes.length,
  });
  return sizes.map((size, part) => trace.value(names[part]!, x.shape.with(axis, size), x.dtype));
}
