/** Traces pure functions: registers the symbolic backend, and explains what it lacks. */
import { findBackend, registerBackend, registerKernel } from "@tensorflow/tfjs-core";
import type { TensorInfo } from "@tensorflow/tfjs-core";
import { onBackend } from "../backend";
import { TraceBackend } from "./backend";
import { kernels } from "./kernels/all";
import type { Outputs } from "./kernels/kernel";

const backendName = "deep-fusion-graph";

/** Calls `work` with a fresh graph; what it leaves behind is names in that graph. */
export function traceGraph<T>(work: (trace: TraceBackend) => T): T {
  const trace = symbolicBackend();
  return onBackend(backendName, () => {
    try {
      return trace.trace(() => work(trace));
    } catch (error) {
      throw explained(error);
    }
  });
}

/** tfjs's registry is global, and holds one of it however many engines there are. */
function symbolicBackend(): TraceBackend {
  const known: unknown = findBackend(backendName);
  if (known instanceof TraceBackend) return known;

  const backend = new TraceBackend();
  registerBackend(backendName, () => backend);
  for (const [kernelName, emit] of Object.entries(kernels)) {
    registerKernel({
      kernelName,
      backendName,
      kernelFunc: ({ inputs, attrs }) => freshOutputs(emit(backend, inputs, attrs ?? {})),
    });
  }
  return backend;
}

/** A kernel may answer with what it was given; to tfjs's tape that has to be another tensor. */
function freshOutputs(outputs: Outputs): Outputs {
  const fresh = ({ dataId, shape, dtype }: TensorInfo): TensorInfo => ({ dataId, shape, dtype });
  return Array.isArray(outputs) ? outputs.map(fresh) : fresh(outputs);
}

/** tfjs says which kernel is missing; the stack says which operation asked for it, and where. */
function explained(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const kernel = /^Kernel '(.+)' not registered/.exec(error.message)?.[1];
  if (kernel === undefined) return error;

  const stack = error.stack ?? "";
  const operation = /at (\w+?)__op\b/.exec(stack)?.[1];
  const caller = stack
    .split("\n")
    .slice(stack.split("\n").findLastIndex((line) => line.includes("__op")) + 1)
    .map((line) => /at (?:\w+\.)?(\w+) \(/.exec(line)?.[1])
    .find((name) => name !== undefined);
  const asked =
    operation === undefined ? "" : ` (asked for by tf.${operation} in ${caller ?? "a function"})`;
  return new Error(
    `Cannot trace the model: the graph engine has no kernel '${kernel}'${asked}; ` +
      `write the function with other operations`,
    { cause: error },
  );
}
