/** The graphs of gradients: of one batch, and of the sum of several batches'. */
import type { TensorInfo } from "@tensorflow/tfjs-core";
import { differentiate } from "../differentiate";
import type { LossFunction, Precision, Specs } from "../engine";
import { sizeOf } from "../host";
import type { TraceBackend } from "./backend";
import type { Output } from "./builder";
import { graphInputs } from "./function";
import type { Model } from "./onnx";
import { backwardInOrder } from "./order";
import { withRecomputation } from "./recompute";
import type { GraphDevice } from "./session";
import { traceGraph } from "./trace";

/** Elements whose squares are added up at once. */
const longestRow = 2 ** 12;

export interface GradientGraph {
  /** Of the gradients as they leave it: written anew, or added to what was there. */
  readonly mode: "replace" | "accumulate";
  /** Whether each one's sum of squares is taken too. */
  readonly squares: boolean;
  /** See GradientOptions. */
  readonly recompute?: boolean;
  /** Where it will run; "cpu" by default. */
  readonly device?: GraphDevice;
  /** Of its products; "float32" by default. */
  readonly precision?: Precision;
}

/**
 * `weight:*`, `input:*` and, to accumulate, `old:*` → `gradient:*` and `numbers`: the loss, the metrics, and the
 * squares where they are asked for.
 */
export function traceGradients(
  definition: LossFunction,
  { mode, squares, recompute = false, ...target }: GradientGraph,
): { model: Model; metrics: readonly string[] } {
  return traceGraph((trace) => {
    const { graph } = trace;
    const weights = graphInputs(trace, "weight", definition.weights);
    const inputs = graphInputs(trace, "input", definition.inputs);
    const { loss, metrics, grads } = differentiate(definition, weights, inputs);

    const gradients = Object.entries(definition.weights).map(([name, { shape }], index): Output => {
      const gradient = grads[index];
      const fresh =
        gradient === undefined
          ? graph.node("Expand", [graph.number(0), graph.integers(shape)])
          : trace.nameOf(gradient);
      const from =
        mode === "replace"
          ? fresh
          : graph.node("Add", [givenAs("old", trace, { name, shape }), fresh]);
      return { from, name: `gradient:${name}`, type: "float32", shape };
    });
    const numbers = [
      scalarAsVector(trace, loss),
      ...Object.values(metrics).map((metric) => scalarAsVector(trace, metric)),
      ...(squares ? gradients : []).map(({ from, shape }) => sumOfSquares(trace, from, shape)),
    ];
    const vector = vectorOf(trace, numbers);
    const model = graph.model([...gradients, vector]);
    const results = [loss, ...Object.values(metrics)].map((result) => trace.nameOf(result));
    return {
      model: arranged(model, { results, recompute, squares }),
      metrics: Object.keys(metrics),
    };
  }, target);
}

interface Arrangement extends Pick<Required<GradientGraph>, "recompute" | "squares"> {
  /** What the forward pass makes. */
  readonly results: readonly string[];
}

function arranged(model: Model, { results, recompute, squares }: Arrangement): Model {
  if (recompute) return withRecomputation(model, results);
  // The sums of squares ask for the gradients one after the other already.
  return squares ? model : backwardInOrder(model, results);
}

/** `old:*` and `part1:*` to `part<parts>:*` → their sums in that order, `gradient:*`; `numbers`: the sums' squares. */
export function traceSums(specs: Specs, parts: number): Model {
  return traceGraph((trace) => {
    const sums = Object.entries(specs).map(([name, { shape }]): Output => {
      let from = givenAs("old", trace, { name, shape });
      for (let part = 1; part <= parts; part++) {
        from = trace.graph.node("Add", [from, givenAs(`part${part}`, trace, { name, shape })]);
      }
      return { from, name: `gradient:${name}`, type: "float32", shape };
    });
    const squares = sums.map(({ from, shape }) => sumOfSquares(trace, from, shape));
    return trace.graph.model([...(parts > 0 ? sums : []), vectorOf(trace, squares)]);
  });
}

function givenAs(
  kind: string,
  { graph }: TraceBackend,
  { name, shape }: { readonly name: string; readonly shape: readonly number[] },
): string {
  return graph.input({ name: `${kind}:${name}`, type: "float32", shape });
}

function vectorOf({ graph }: TraceBackend, numbers: readonly string[]): Output {
  const from = graph.node("Concat", numbers, { attributes: { axis: 0 } });
  return { from, name: "numbers", type: "float32", shape: [numbers.length] };
}

function scalarAsVector(trace: TraceBackend, x: TensorInfo): string {
  return trace.graph.node("Reshape", [trace.nameOf(x), trace.graph.integers([1])]);
}

/**
 * Rows' products with themselves, then their sum: on the CPU products run at the speed of memory, which onnxruntime's
 * own sum of squares does not, and short sums lose less. → [1]
 */
function sumOfSquares(trace: TraceBackend, x: string, shape: readonly number[]): string {
  const { graph } = trace;
  const rows = shape.length > 1 ? rowsOfSquares(shape) : 1;
  const batch = graph.node("Reshape", [x, graph.integers([rows, 1, -1])]);
  const squares =
    trace.device === "webgpu"
      ? graph.node("ReduceSumSquare", [batch, graph.integers([2])], { attributes: { keepdims: 1 } })
      : graph.node("FusedMatMul", [batch, batch], {
          domain: "com.microsoft",
          attributes: { transA: 0, transB: 1 },
        });
  const flat = graph.node("Reshape", [squares, graph.integers([-1])]);
  return graph.node("ReduceSum", [flat, graph.integers([0])], { attributes: { keepdims: 1 } });
}

/** As few as `longestRow` allows, for each is a product of its own. */
function rowsOfSquares(shape: readonly number[]): number {
  const [rows] = shape as [number];
  const most = Math.max(1, Math.floor((longestRow * rows) / sizeOf(shape)));
  const together = Array.from({ length: most }, (_, index) => most - index);
  return rows / together.find((count) => rows % count === 0)!;
}
