/**
 * Loss, metrics and gradients as one session. Gradients are written straight into their store, and the sum of
 * squares of each is taken while it is still in cache; all single numbers leave as one vector.
 */
import type { TensorInfo } from "@tensorflow/tfjs-core";
import { differentiate } from "../differentiate";
import type {
  CompiledGradients,
  GradientResult,
  LossFunction,
  Scalars,
  TensorStore,
} from "../engine";
import { checkInputs, sizeOf } from "../host";
import type { TraceBackend } from "./backend";
import type { Output } from "./builder";
import { graphInputs, inputFeeds, ortTensor, storeFeeds } from "./function";
import type { Model } from "./onnx";
import type { OrtTensors, Session, SessionCache } from "./session";
import { graphStore } from "./store";
import { traceGraph } from "./trace";

/** Elements whose squares are added up at once. */
const longestRow = 2 ** 12;

type Mode = Parameters<CompiledGradients["run"]>[3];

interface Variant {
  readonly session: Session;
  readonly metrics: readonly string[];
}

export async function compileGradients(
  definition: LossFunction,
  sessions: SessionCache,
): Promise<CompiledGradients> {
  const open = async (mode: Mode): Promise<Variant> => {
    const { model, metrics } = traceGradients(definition, mode);
    return { session: await sessions.open(model), metrics };
  };
  const replacing = await open("replace");
  // Only steps of several micro-batches need it.
  let accumulating: Promise<Variant> | undefined;
  const variant = (mode: Mode): Promise<Variant> =>
    mode === "replace" ? Promise.resolve(replacing) : (accumulating ??= open("accumulate"));

  return {
    run: async (weights, gradients, inputs, mode) => {
      checkInputs(definition.inputs, inputs);
      const { session, metrics } = await variant(mode);
      const numbers = new Float32Array(1 + metrics.length + Object.keys(definition.weights).length);
      const fetches = gradientTensors(definition, gradients);
      const feeds = {
        ...storeFeeds("weight", definition.weights, graphStore(weights)),
        ...inputFeeds(definition.inputs, inputs),
        ...(mode === "accumulate" && storeFeeds("old", definition.weights, graphStore(gradients))),
      };
      await session.run(feeds, { ...fetches, numbers: ortTensor(numbers, [numbers.length]) });
      return resultOf(numbers, metrics, Object.keys(definition.weights));
    },
    dispose: () => {
      replacing.session.dispose();
      void accumulating?.then(({ session }) => {
        session.dispose();
      });
    },
  };
}

function gradientTensors(definition: LossFunction, gradients: TensorStore): OrtTensors {
  return storeFeeds("gradient", definition.weights, graphStore(gradients));
}

function resultOf(
  numbers: Float32Array,
  metrics: readonly string[],
  weights: readonly string[],
): GradientResult {
  const named = (names: readonly string[], from: number): Scalars =>
    Object.fromEntries(names.map((name, index) => [name, numbers[from + index]!]));
  return {
    loss: numbers[0]!,
    metrics: named(metrics, 1),
    squares: named(weights, 1 + metrics.length),
  };
}

function traceGradients(
  definition: LossFunction,
  mode: Mode,
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
      const info = { name: `old:${name}`, type: "float32", shape } as const;
      const from = mode === "replace" ? fresh : graph.node("Add", [graph.input(info), fresh]);
      return { from, name: `gradient:${name}`, type: "float32", shape };
    });
    const numbers = [
      scalarAsVector(trace, loss),
      ...Object.values(metrics).map((metric) => scalarAsVector(trace, metric)),
      ...gradients.map(({ from, shape }) => sumOfSquares(trace, from, shape)),
    ];
    const vector: Output = {
      from: graph.node("Concat", numbers, { attributes: { axis: 0 } }),
      name: "numbers",
      type: "float32",
      shape: [numbers.length],
    };
    return { model: graph.model([...gradients, vector]), metrics: Object.keys(metrics) };
  });
}

function scalarAsVector(trace: TraceBackend, x: TensorInfo): string {
  return trace.graph.node("Reshape", [trace.nameOf(x), trace.graph.integers([1])]);
}

/**
 * Rows' products with themselves, then their sum: products run at the speed of memory, which onnxruntime's own sum
 * of squares does not, and short sums lose less. → [1]
 */
function sumOfSquares(trace: TraceBackend, x: string, shape: readonly number[]): string {
  const { graph } = trace;
  const rows = shape.length > 1 ? rowsOfSquares(shape) : 1;
  const batch = graph.node("Reshape", [x, graph.integers([rows, 1, -1])]);
  const squares = graph.node("FusedMatMul", [batch, batch], {
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
