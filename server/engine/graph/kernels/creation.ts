/** Tensors that come out of nothing but numbers. */
import { util } from "@tensorflow/tfjs-core";
import type {
  DataType,
  FillAttrs,
  OneHotAttrs,
  OneHotInputs,
  RangeAttrs,
  UnaryInputs,
} from "@tensorflow/tfjs-core";
import type { TraceBackend } from "../backend";
import { type Kernels, converted, kernel } from "./kernel";

export const creationKernels: Kernels = {
  Fill: kernel<object, FillAttrs>((trace, _, { shape, value, dtype }) =>
    filled(trace, { shape, value: Number(value), dtype }),
  ),
  ZerosLike: kernel<UnaryInputs>((trace, { x }) => filled(trace, { ...x, value: 0 })),
  OnesLike: kernel<UnaryInputs>((trace, { x }) => filled(trace, { ...x, value: 1 })),
  Range: kernel<object, RangeAttrs>((trace, _, { start, stop, step, dtype }) => {
    const values = util.makeZerosTypedArray(rangeLength(start, stop, step), dtype);
    values.forEach((_value, index) => {
      values[index] = start + index * step;
    });
    return { dataId: trace.write(values, [values.length], dtype), shape: [values.length], dtype };
  }),
  /** By comparison with the numbers from 0 to depth, which every execution provider can do. */
  OneHot: kernel<OneHotInputs, OneHotAttrs>((trace, { indices }, attributes) => {
    const { depth, onValue, offValue, dtype } = attributes;
    const { graph } = trace;
    const shape = [...indices.shape, depth];
    const column = graph.node("Unsqueeze", [
      trace.nameOf(indices),
      graph.integers([indices.shape.length]),
    ]);
    const counted = graph.node(
      "Range",
      [0, depth, 1].map((value) => graph.number(value, "int32")),
    );
    const hot = graph.node("Equal", [column, counted]);
    const [on, off] = [graph.number(onValue), graph.number(offValue)];
    const chosen = trace.value(graph.node("Where", [hot, on, off]), shape, "float32");
    return converted(trace, chosen, dtype);
  }),
};

function filled(
  trace: TraceBackend,
  options: { readonly shape: readonly number[]; readonly value: number; readonly dtype: DataType },
): ReturnType<typeof converted> {
  const { shape, value, dtype } = options;
  const { graph } = trace;
  const type = dtype === "float32" ? "float32" : "int32";
  const name = graph.node("Expand", [graph.number(value, type), graph.integers(shape)]);
  return converted(trace, trace.value(name, shape, type), dtype);
}

function rangeLength(start: number, stop: number, step: number): number {
  return Math.max(0, Math.ceil((stop - start) / step));
}
