/** Operations of one tensor, element by element. */
import type {
  CastAttrs,
  ClipByValueAttrs,
  StepAttrs,
  TensorInfo,
  UnaryInputs,
} from "@tensorflow/tfjs-core";
import type { TraceBackend } from "../backend";
import { type Kernel, type Kernels, converted, kernel, numberLike } from "./kernel";

export const unaryKernels: Kernels = {
  Identity: kernel<UnaryInputs>((_, { x }) => x),
  Abs: elementwise("Abs"),
  Ceil: elementwise("Ceil"),
  Cos: elementwise("Cos"),
  Erf: elementwise("Erf"),
  Exp: elementwise("Exp"),
  Floor: elementwise("Floor"),
  Log: elementwise("Log"),
  LogicalNot: elementwise("Not"),
  Neg: elementwise("Neg"),
  Reciprocal: elementwise("Reciprocal"),
  Relu: elementwise("Relu"),
  Sigmoid: elementwise("Sigmoid"),
  Sign: elementwise("Sign"),
  Sin: elementwise("Sin"),
  Softplus: elementwise("Softplus"),
  Sqrt: elementwise("Sqrt"),
  Tanh: elementwise("Tanh"),
  Rsqrt: kernel<UnaryInputs>((trace, { x }) => {
    const root = mapped(trace, "Sqrt", x);
    return mapped(trace, "Reciprocal", root);
  }),
  Square: kernel<UnaryInputs>((trace, { x }) => {
    const name = trace.nameOf(x);
    return trace.value(trace.graph.node("Mul", [name, name]), x.shape, x.dtype);
  }),
  Step: kernel<UnaryInputs, StepAttrs>((trace, { x }, { alpha }) => {
    const positive = trace.graph.node("Greater", [trace.nameOf(x), numberLike(trace, x, 0)]);
    const choices = [numberLike(trace, x, 1), numberLike(trace, x, alpha)];
    return trace.value(trace.graph.node("Where", [positive, ...choices]), x.shape, x.dtype);
  }),
  ClipByValue: kernel<UnaryInputs, ClipByValueAttrs>((trace, { x }, attributes) => {
    const { clipValueMin: least, clipValueMax: most } = attributes;
    const limits = [numberLike(trace, x, least), numberLike(trace, x, most)];
    return trace.value(trace.graph.node("Clip", [trace.nameOf(x), ...limits]), x.shape, x.dtype);
  }),
  Cast: kernel<UnaryInputs, CastAttrs>((trace, { x }, { dtype }) => converted(trace, x, dtype)),
};

function elementwise(operation: string): Kernel {
  return kernel<UnaryInputs>((trace, { x }) => mapped(trace, operation, x));
}

function mapped(trace: TraceBackend, operation: string, x: TensorInfo): TensorInfo {
  return trace.value(trace.graph.node(operation, [trace.nameOf(x)]), x.shape, x.dtype);
}
