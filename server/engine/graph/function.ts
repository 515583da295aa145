/** A pure function as one session. */
import type { Tensor as SymbolicTensor } from "@tensorflow/tfjs-core";
import type { CompiledFunction, PureFunction, Specs, TensorStore, Values } from "../engine";
import { checkInputs, sizeOf } from "../host";
import type { Target, TraceBackend } from "./backend";
import { converted } from "./kernels/kernel";
import type { Model } from "./onnx";
import { inputFeeds, ortTensor } from "./feeds";
import type { GraphDevice, OrtTensors, Session } from "./session";
import { traceGraph } from "./trace";

/** Where a function runs. */
export interface FunctionPlace {
  readonly device: GraphDevice;
  open(model: Model): Promise<Session>;
  /** Some of a store's tensors, as `weight:name`. */
  weightsOf(store: TensorStore, names: readonly string[]): OrtTensors | Promise<OrtTensors>;
}

export async function compileFunction(
  definition: PureFunction,
  place: FunctionPlace,
): Promise<CompiledFunction> {
  const { model, outputs } = traceFunction(definition, { device: place.device });
  const session = await place.open(model);
  const names = Object.keys(definition.weights);
  return {
    run: async (weights, inputs) => {
      checkInputs(definition.inputs, inputs);
      const feeds = {
        ...(await place.weightsOf(weights, names)),
        ...inputFeeds(definition.inputs, inputs),
      };
      const { values, fetches } = outputMemory(outputs);
      await session.run(feeds, fetches);
      return values;
    },
    dispose: () => {
      session.dispose();
    },
  };
}

export function traceFunction(
  definition: PureFunction,
  target: Partial<Target> = {},
): { model: Model; outputs: Specs } {
  return traceGraph((trace) => {
    const results = definition.evaluate(
      graphInputs(trace, "weight", definition.weights),
      graphInputs(trace, "input", definition.inputs),
    );
    const made = Object.entries(results).map(([name, result]) => {
      const dtype = result.dtype === "float32" ? ("float32" as const) : ("int32" as const);
      const from = trace.nameOf(converted(trace, result, dtype));
      return { key: name, name: `output:${name}`, from, type: dtype, shape: result.shape };
    });
    const outputs = Object.fromEntries(
      made.map(({ key, type, shape }) => [key, { shape, dtype: type }]),
    );
    return { model: trace.graph.model(made), outputs };
  }, target);
}

/** Memory of the process for every output, and the same as what a session is to fetch. */
export function outputMemory(outputs: Specs) {
  const values = Object.fromEntries(
    Object.entries(outputs).map(([name, { shape, dtype }]): [string, Values] => [
      name,
      dtype === "float32" ? new Float32Array(sizeOf(shape)) : new Int32Array(sizeOf(shape)),
    ]),
  );
  const fetches = Object.fromEntries(
    Object.entries(values).map(([name, array]) => [
      `output:${name}`,
      ortTensor(array, outputs[name]!.shape),
    ]),
  );
  return { values, fetches };
}

/** Names in the graph are `kind:name`. */
export function graphInputs(
  trace: TraceBackend,
  kind: string,
  specs: Specs,
): Record<string, SymbolicTensor> {
  return Object.fromEntries(
    Object.entries(specs).map(([name, { shape, dtype }]) => [
      name,
      trace.input(`${kind}:${name}`, shape, dtype),
    ]),
  );
}
