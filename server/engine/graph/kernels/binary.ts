/** Operations of two tensors, element by element, with broadcasting. */
import { backend_util, upcastType, util } from "@tensorflow/tfjs-core";
import type { BinaryInputs, DataType, SelectInputs, TensorInfo } from "@tensorflow/tfjs-core";
import type { TraceBackend } from "../backend";
import { type Kernel, type Kernels, converted, kernel, reshaped } from "./kernel";
import { sumOfScattered } from "./scattered";

export const binaryKernels: Kernels = {
  Add: kernel<BinaryInputs>((trace, { a, b }) => added(trace, a, b)),
  AddN: kernel<TensorInfo[]>((trace, inputs) =>
    Array.from(inputs).reduce((a, b) => added(trace, a, b)),
  ),
  Multiply: elementwise("Mul"),
  Sub: elementwise("Sub"),
  RealDiv: elementwise("Div"),
  Maximum: elementwise("Max"),
  Minimum: elementwise("Min"),
  Pow: elementwise("Pow"),
  FloorDiv: kernel<BinaryInputs>((trace, { a, b }) => floorDivided(trace, a, b)),
  SquaredDifference: kernel<BinaryInputs>((trace, { a, b }) => {
    const difference = combined(trace, "Sub", a, b);
    return combined(trace, "Mul", difference, difference);
  }),
  Equal: comparison("Equal"),
  NotEqual: kernel<BinaryInputs>((trace, { a, b }) => {
    const equal = combined(trace, "Equal", a, b, "bool");
    return trace.value(trace.graph.node("Not", [trace.nameOf(equal)]), equal.shape, "bool");
  }),
  Greater: comparison("Greater"),
  GreaterEqual: comparison("GreaterOrEqual"),
  Less: comparison("Less"),
  LessEqual: comparison("LessOrEqual"),
  LogicalAnd: comparison("And"),
  LogicalOr: comparison("Or"),
  Select: kernel<SelectInputs>((trace, { condition, t, e }) => selected(trace, condition, t, e)),
};

function elementwise(operation: string): Kernel {
  return kernel<BinaryInputs>((trace, { a, b }) => combined(trace, operation, a, b));
}

function comparison(operation: string): Kernel {
  return kernel<BinaryInputs>((trace, { a, b }) => combined(trace, operation, a, b, "bool"));
}

function combined(
  trace: TraceBackend,
  operation: string,
  ...[a, b, dtype = a.dtype]: [a: TensorInfo, b: TensorInfo, dtype?: DataType]
): TensorInfo {
  const shape = backend_util.assertAndGetBroadcastShape(a.shape, b.shape);
  const name = trace.graph.node(operation, [trace.nameOf(a), trace.nameOf(b)]);
  return trace.value(name, shape, dtype);
}

function added(trace: TraceBackend, a: TensorInfo, b: TensorInfo): TensorInfo {
  return sumOfScattered(trace, a, b) ?? combined(trace, "Add", a, b);
}

/** ONNX divides integers towards zero; a − (a mod b), with the sign of b, divides without a rest. */
function floorDivided(trace: TraceBackend, a: TensorInfo, b: TensorInfo): TensorInfo {
  if (a.dtype !== "int32") {
    const quotient = combined(trace, "Div", a, b);
    const name = trace.graph.node("Floor", [trace.nameOf(quotient)]);
    return trace.value(name, quotient.shape, a.dtype);
  }
  const rest = combined(trace, "Mod", a, b);
  return combined(trace, "Div", combined(trace, "Sub", a, rest), b);
}

function selected(
  trace: TraceBackend,
  condition: TensorInfo,
  t: TensorInfo,
  e: TensorInfo,
): TensorInfo {
  const dtype = upcastType(t.dtype, e.dtype);
  // A vector as condition chooses among rows.
  const rows = condition.shape.length === 1 && t.shape.length > 1;
  const chosen = rows
    ? reshaped(trace, condition, [...condition.shape, ...t.shape.slice(1).map(() => 1)])
    : condition;
  // onnxruntime's Where knows no booleans.
  const inner = dtype === "bool" ? "int32" : dtype;
  const names = [chosen, converted(trace, t, inner), converted(trace, e, inner)].map((tensor) =>
    trace.nameOf(tensor),
  );
  util.assertShapesMatch(t.shape, e.shape, "Cannot select: ");
  return converted(trace, trace.value(trace.graph.node("Where", names), t.shape, inner), dtype);
}
