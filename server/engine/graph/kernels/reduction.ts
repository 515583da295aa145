/** Operations that take axes together, or normalise along one. */
import { backend_util, util } from "@tensorflow/tfjs-core";
import type {
  ArgMaxAttrs,
  CumsumAttrs,
  DataType,
  LogSoftmaxAttrs,
  LogSoftmaxInputs,
  MaxAttrs,
  SoftmaxAttrs,
  SoftmaxInputs,
  SumAttrs,
  TensorInfo,
  UnaryInputs,
} from "@tensorflow/tfjs-core";
import type { TraceBackend } from "../backend";
import { type Kernel, type Kernels, converted, kernel, reshaped } from "./kernel";

export const reductionKernels: Kernels = {
  Sum: kernel<UnaryInputs, SumAttrs>((trace, { x }, { axis, keepDims }) => {
    const counted = converted(trace, x, x.dtype === "bool" ? "int32" : x.dtype);
    return isOverRows(counted, axis)
      ? sumOfRows(trace, counted, { axis, keepDims })
      : reduced(trace, counted, { operation: "ReduceSum", axis, keepDims });
  }),
  Mean: reduction("ReduceMean", () => "float32"),
  Prod: reduction("ReduceProd", (dtype) => (dtype === "bool" ? "int32" : dtype)),
  Max: extreme("ReduceMax"),
  Min: extreme("ReduceMin"),
  All: truth("ReduceMin"),
  Any: truth("ReduceMax"),
  ArgMax: indexOfExtreme("ArgMax"),
  ArgMin: indexOfExtreme("ArgMin"),
  Softmax: kernel<SoftmaxInputs, SoftmaxAttrs>((trace, { logits }, { dim }) =>
    alongAxis(trace, "Softmax", logits, dim),
  ),
  LogSoftmax: kernel<LogSoftmaxInputs, LogSoftmaxAttrs>((trace, { logits }, { axis }) =>
    trace.device === "webgpu"
      ? composedLogSoftmax(trace, logits, axis)
      : alongAxis(trace, "LogSoftmax", logits, axis),
  ),
  Cumsum: kernel<UnaryInputs, CumsumAttrs>((trace, { x }, { axis, exclusive, reverse }) => {
    const attributes = { exclusive: Number(exclusive), reverse: Number(reverse) };
    const inputs = [trace.nameOf(x), trace.graph.number(axis, "int32")];
    return trace.value(trace.graph.node("CumSum", inputs, { attributes }), x.shape, x.dtype);
  }),
};

/** Whether the axes are the first ones, and more than one row is left to add up. */
function isOverRows({ shape, dtype }: TensorInfo, axis: SumAttrs["axis"]): boolean {
  const axes = util.parseAxisParam(axis, [...shape]);
  const rows = util.sizeFromShape(shape.slice(0, axes.length));
  const columns = util.sizeFromShape(shape.slice(axes.length));
  return (
    dtype === "float32" && axes.every((each, index) => each === index) && rows > 1 && columns > 1
  );
}

/** A product with a row of ones: it goes through memory once, where onnxruntime's own sum jumps from row to row. */
function sumOfRows(trace: TraceBackend, x: TensorInfo, { axis, keepDims }: SumAttrs): TensorInfo {
  const { graph } = trace;
  const axes = util.parseAxisParam(axis, x.shape);
  const rows = util.sizeFromShape(x.shape.slice(0, axes.length));
  const shape = x.shape.slice(axes.length);
  const ones = graph.node("Expand", [graph.number(1), graph.integers([1, rows])]);
  const matrix = reshaped(trace, x, [rows, util.sizeFromShape(shape)]);
  const sums = graph.node("MatMul", [ones, trace.nameOf(matrix)]);
  const flat = trace.value(sums, [1, util.sizeFromShape(shape)], "float32");
  return reshaped(trace, flat, keepDims ? [...axes.map(() => 1), ...shape] : shape);
}

function reduction(operation: string, resultType: (dtype: DataType) => DataType): Kernel {
  return kernel<UnaryInputs, SumAttrs>((trace, { x }, { axis, keepDims }) =>
    reduced(trace, converted(trace, x, resultType(x.dtype)), { operation, axis, keepDims }),
  );
}

/** tfjs names the axes of these two differently. */
function extreme(operation: string): Kernel {
  return kernel<UnaryInputs, MaxAttrs & Partial<SumAttrs>>((trace, { x }, attributes) => {
    const axis = attributes.reductionIndices as number[] | undefined;
    const keepDims = attributes.keepDims;
    return reduced(trace, x, { operation, axis: axis ?? attributes.axis, keepDims });
  });
}

function truth(operation: string): Kernel {
  return kernel<UnaryInputs, SumAttrs>((trace, { x }, { axis, keepDims }) => {
    const counted = reduced(trace, converted(trace, x, "int32"), { operation, axis, keepDims });
    return converted(trace, counted, "bool");
  });
}

interface Reduction {
  readonly operation: string;
  readonly axis: number | number[] | undefined;
  readonly keepDims: boolean;
}

function reduced(trace: TraceBackend, x: TensorInfo, options: Reduction): TensorInfo {
  const { operation, axis, keepDims } = options;
  const everyAxis = x.shape.map((_, index) => index);
  const axes = axis === undefined ? everyAxis : util.parseAxisParam(axis, x.shape);
  // To ONNX, no axes means all.
  if (axes.length === 0) return x;

  const [shape, dropped] = backend_util.computeOutAndReduceShapes(x.shape, axes);
  const kept = backend_util.expandShapeToKeepDim(shape, axes);
  const name = trace.graph.node(operation, [trace.nameOf(x), trace.graph.integers(axes)], {
    attributes: { keepdims: Number(keepDims) },
  });
  if (dropped.includes(0) && operation !== "ReduceSum") {
    throw new RangeError(`Cannot trace the model: ${operation} of no values`);
  }
  return trace.value(name, keepDims ? kept : shape, x.dtype);
}

function indexOfExtreme(operation: string): Kernel {
  return kernel<UnaryInputs, ArgMaxAttrs>((trace, { x }, { axis }) => {
    const [along] = util.parseAxisParam(axis, x.shape) as [number];
    if (trace.device === "webgpu") return firstExtreme(trace, x, { operation, along });
    const attributes = { axis: along, keepdims: 0 };
    // onnxruntime counts in int64, tfjs in int32.
    const long = trace.graph.node(operation, [trace.nameOf(x)], { attributes });
    const shape = x.shape.filter((_, index) => index !== along);
    const name = trace.graph.node("Cast", [long], { attributes: { to: 6 } });
    return trace.value(name, shape, "int32");
  });
}

/**
 * The least index of those where the extreme is. WebGPU's own answer is in int64, which only the CPU can make int32
 * (onnxruntime 1.30): the device would be waited for in the middle of a step.
 */
function firstExtreme(
  trace: TraceBackend,
  x: TensorInfo,
  { operation, along }: { readonly operation: string; readonly along: number },
): TensorInfo {
  const { graph } = trace;
  const size = x.shape[along]!;
  const reduce = (reduction: string, input: string, keepdims: number): string =>
    graph.node(reduction, [input, graph.integers([along])], { attributes: { keepdims } });
  const name = trace.nameOf(x);
  const extremes = reduce(operation === "ArgMax" ? "ReduceMax" : "ReduceMin", name, 1);
  const indices = Float32Array.from({ length: size }, (_, index) => index);
  const counted = graph.constant(
    "float32",
    x.shape.map((_, axis) => (axis === along ? size : 1)),
    new Uint8Array(indices.buffer),
  );
  const where = graph.node("Where", [
    graph.node("Equal", [name, extremes]),
    counted,
    graph.number(size),
  ]);
  const least = reduce("ReduceMin", where, 0);
  const shape = x.shape.filter((_, axis) => axis !== along);
  return converted(trace, trace.value(least, shape, "float32"), "int32");
}

/** Of operations that WebGPU has: it would leave LogSoftmax to the CPU (onnxruntime 1.30). */
function composedLogSoftmax(trace: TraceBackend, x: TensorInfo, axis: number): TensorInfo {
  const { graph } = trace;
  const reduce = (operation: string, input: string): string =>
    graph.node(operation, [input, graph.integers([axis])], { attributes: { keepdims: 1 } });
  const name = trace.nameOf(x);
  const shifted = graph.node("Sub", [name, reduce("ReduceMax", name)]);
  const sum = reduce("ReduceSum", graph.node("Exp", [shifted]));
  const result = graph.node("Sub", [shifted, graph.node("Log", [sum])]);
  return trace.value(result, x.shape, x.dtype);
}

function alongAxis(
  trace: TraceBackend,
  operation: string,
  x: TensorInfo,
  axis: number,
): TensorInfo {
  const name = trace.graph.node(operation, [trace.nameOf(x)], { attributes: { axis } });
  return trace.value(name, x.shape, x.dtype);
}
