/** What a kernel of the graph engine is, and what many of them share. */
import { util } from "@tensorflow/tfjs-core";
import type { DataType, NamedAttrMap, NamedTensorInfoMap, TensorInfo } from "@tensorflow/tfjs-core";
import type { TraceBackend } from "../backend";
import { elementTypes } from "../onnx";

export type Outputs = TensorInfo | TensorInfo[];
export type Kernel = (
  trace: TraceBackend,
  inputs: NamedTensorInfoMap,
  attributes: NamedAttrMap,
) => Outputs;
/** By the name under which tfjs asks for it. */
export type Kernels = Readonly<Record<string, Kernel>>;

/** tfjs says of each input that it may be missing; of those that a kernel names, none is. */
type Given<Inputs> = { readonly [Name in keyof Inputs]-?: NonNullable<Inputs[Name]> };

/** tfjs types a kernel's arguments by the kernel's name alone; `Inputs` and `Attributes` are its own types. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the caller names them
export function kernel<Inputs, Attributes = unknown>(
  emit: (trace: TraceBackend, inputs: Given<Inputs>, attributes: Attributes) => Outputs,
): Kernel {
  return (trace, inputs, attributes) =>
    emit(trace, inputs as unknown as Given<Inputs>, attributes as Attributes);
}

/** Another shape of the same values. */
export function reshaped(trace: TraceBackend, x: TensorInfo, shape: readonly number[]): TensorInfo {
  if (util.arraysEqual(x.shape, [...shape])) return x;
  const name = trace.graph.node("Reshape", [trace.nameOf(x), trace.graph.integers(shape)], {
    attributes: { allowzero: 1 },
  });
  return trace.value(name, shape, x.dtype);
}

export function converted(trace: TraceBackend, x: TensorInfo, dtype: DataType): TensorInfo {
  if (x.dtype === dtype) return x;
  if (dtype !== "float32" && dtype !== "int32" && dtype !== "bool") {
    throw new TypeError(`Cannot trace the model: no tensor becomes ${dtype} in the graph`);
  }
  const attributes = { to: elementTypes[dtype] };
  return trace.value(trace.graph.node("Cast", [trace.nameOf(x)], { attributes }), x.shape, dtype);
}

/** A scalar of x's own type. */
export function numberLike(trace: TraceBackend, x: TensorInfo, value: number): string {
  return trace.graph.number(value, x.dtype === "int32" ? "int32" : "float32");
}
