/** An engine that calls the pure functions at every step, on any tfjs backend. */
import { add, clone, keep, square, stack, sum, tensor, tidy, zeros } from "@tensorflow/tfjs-core";
import type { Scalar, Tensor } from "@tensorflow/tfjs-core";
import { onBackend } from "../backend";
import type {
  CompiledFunction,
  CompiledGradients,
  Engine,
  GradientResult,
  HostTensors,
  LossFunction,
  PureFunction,
  Scalars,
  Specs,
  Tensors,
  Values,
} from "../engine";
import { differentiate } from "../differentiate";
import { checkInputs, sumOfBatches } from "../host";
import { checkOptions } from "../offers";
import { EagerStore, eagerStore } from "./store";
import { compileUpdate } from "./update";

export interface EagerEngineOptions {
  readonly name: "tensorflow" | "reference";
  readonly device: "cpu" | "cuda";
  /** Name of a tfjs backend that is registered and initialised. */
  readonly backend: string;
  readonly threads: number;
}

export function eagerEngine({ name, device, backend, threads }: EagerEngineOptions): Engine {
  return {
    name,
    device,
    threads,
    splitsBatches: false,
    allocate: (specs) => new EagerStore(specs, backend),
    compileFunction: (definition) => Promise.resolve(compileFunction(definition, backend)),
    // eslint-disable-next-line @typescript-eslint/require-await -- so that errors reject
    compileGradients: async (definition, options = {}) => {
      checkOptions(name, options);
      return compileGradients(definition, backend);
    },
    compileUpdate: (program) => Promise.resolve(compileUpdate(program, backend)),
    dispose: () => Promise.resolve(),
  };
}

function compileFunction(definition: PureFunction, backend: string): CompiledFunction {
  return {
    run: async (weights, inputs) => {
      checkInputs(definition.inputs, inputs);
      const outputs = onBackend(backend, () =>
        tidy(() => {
          const given = eagerStore(weights).all();
          return copies(definition.evaluate(given, tensorsOf(definition.inputs, inputs)));
        }),
      );
      return fetched(outputs);
    },
    dispose: () => undefined,
  };
}

/** A function may return one of its arguments, whose owner is somebody else. */
function copies(outputs: Tensors): Record<string, Tensor> {
  return Object.fromEntries(Object.entries(outputs).map(([name, output]) => [name, clone(output)]));
}

async function fetched(outputs: Tensors): Promise<HostTensors> {
  const host: Record<string, Float32Array | Int32Array> = {};
  for (const [name, output] of Object.entries(outputs)) {
    const values = await output.data();
    host[name] = output.dtype === "float32" ? Float32Array.from(values) : Int32Array.from(values);
    output.dispose();
  }
  return host;
}

function compileGradients(definition: LossFunction, backend: string): CompiledGradients {
  const names = Object.keys(definition.weights);
  return {
    run: async (weightStore, gradientStore, batches, mode) => {
      const weights = eagerStore(weightStore);
      const gradients = eagerStore(gradientStore);
      const results: GradientResult[] = [];
      for (const inputs of batches) {
        checkInputs(definition.inputs, inputs);
        const adds = mode === "accumulate" || results.length > 0;
        const made = onBackend(backend, () =>
          tidy(() => {
            const feeds = tensorsOf(definition.inputs, inputs);
            const { loss, metrics, grads } = differentiate(definition, weights.all(), feeds);
            const squares: Record<string, Tensor> = {};
            names.forEach((name, index) => {
              const fresh = grads[index] ?? zeros([...definition.weights[name]!.shape]);
              const total = adds ? add(gradients.get(name), fresh) : clone(fresh);
              squares[name] = sum(square(total));
              gradients.set(name, keep(total));
            });
            return { loss, metrics, squares };
          }),
        );
        results.push(await readResults(made, backend));
      }
      return sumOfBatches(results);
    },
    dispose: () => undefined,
  };
}

interface ResultTensors {
  readonly loss: Scalar;
  readonly metrics: Tensors;
  readonly squares: Tensors;
}

/** All numbers come in one piece: each reading waits for the device. */
async function readResults(
  { loss, metrics, squares }: ResultTensors,
  backend: string,
): Promise<GradientResult> {
  const numbers = [loss, ...Object.values(metrics), ...Object.values(squares)];
  const { all } = await fetched({ all: onBackend(backend, () => stack(numbers)) });
  for (const number of numbers) number.dispose();
  const names = Object.keys(metrics);
  return {
    loss: all![0]!,
    metrics: named(names, all!.slice(1)),
    squares: named(Object.keys(squares), all!.slice(1 + names.length)),
  };
}

function named(names: readonly string[], values: Values): Scalars {
  return Object.fromEntries(names.map((name, index) => [name, values[index]!]));
}

function tensorsOf(specs: Specs, inputs: HostTensors): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(specs).map(([name, { shape, dtype }]) => [
      name,
      tensor(inputs[name]!.slice(), [...shape], dtype),
    ]),
  );
}
