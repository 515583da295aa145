/**
 * Sums of rows by index: the gradient of an embedding. Adding two such sums, or one to something else of its
 * size, would walk the whole embedding again; here the rows are scattered into the other summand instead.
 */
import { util } from "@tensorflow/tfjs-core";
import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { TraceBackend } from "../backend";

/** Shapes: x [N, ...], ids [N] int32 → [rows, ...] with x[n] added to row ids[n]. */
export function scatteredSum(
  trace: TraceBackend,
  options: { readonly x: TensorInfo; readonly ids: TensorInfo; readonly rows: number },
): TensorInfo {
  const { x, ids, rows } = options;
  const { graph } = trace;
  const shape = [rows, ...x.shape.slice(1)];
  const zeros = graph.node("Expand", [
    graph.number(0, x.dtype === "int32" ? "int32" : "float32"),
    graph.integers(shape),
  ]);
  const column = graph.node("Reshape", [
    trace.nameOf(ids),
    graph.integers([x.shape[0]!, ...x.shape.slice(1).map(() => 1)]),
  ]);
  // ScatterElements, unlike ScatterND, adds in one order whatever the number of threads.
  const indices = graph.node("Expand", [column, graph.integers(x.shape)]);
  return trace.value(scatter(trace, [zeros, indices, trace.nameOf(x)]), shape, x.dtype);
}

/** a + b where one of them is a scattered sum of the result's shape; undefined otherwise. */
export function sumOfScattered(
  trace: TraceBackend,
  a: TensorInfo,
  b: TensorInfo,
): TensorInfo | undefined {
  if (!util.arraysEqual(a.shape, b.shape)) return undefined;
  const [first, second] = [trace.nameOf(a), trace.nameOf(b)];
  const [inFirst, inSecond] = [scatterInputs(trace, first), scatterInputs(trace, second)];
  if (inSecond !== undefined) {
    return trace.value(scatter(trace, [first, inSecond.indices, inSecond.x]), a.shape, a.dtype);
  }
  if (inFirst !== undefined) {
    return trace.value(scatter(trace, [second, inFirst.indices, inFirst.x]), a.shape, a.dtype);
  }
  return undefined;
}

function scatter(trace: TraceBackend, inputs: [into: string, indices: string, x: string]): string {
  const attributes = { axis: 0, reduction: "add" };
  return trace.graph.node("ScatterElements", inputs, { attributes });
}

function scatterInputs(
  trace: TraceBackend,
  name: string,
): { readonly indices: string; readonly x: string } | undefined {
  const node = trace.graph.producer(name);
  if (node?.operation !== "ScatterElements") return undefined;
  const [into, indices, x] = node.inputs;
  const fromZero = trace.graph.producer(into!)?.operation === "Expand";
  return fromZero ? { indices: indices!, x: x! } : undefined;
}
