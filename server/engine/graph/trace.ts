/** Traces pure functions: registers the symbolic backend, and explains what it lacks. */
import { findBackend, registerBackend, registerKernel } from "@tensorflow/tfjs-core";
import { onBackend } from "../backend";
import { type Target, TraceBackend } from "./backend";
import { kernels } from "./kernels/all";

const backendName = "deep-fusion-graph";

/** Calls `work` with a fresh graph, in float32 for the CPU by default; what it leaves behind is names in that graph. */
export function traceGraph<T>(work: (trace: TraceBackend) => T, target: Partial<Target> = {}): T {
  const trace = symbolicBackend();
  return onBackend(backendName, () => {
    try {
      return trace.trace(() => work(trace), target);
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
      kernelFunc: ({ inputs, attrs }) => {
        const outputs = emit(backend, inputs, attrs ?? {});
        return Array.isArray(outputs)
          ? outputs.map((output) => backend.alias(output))
          : backend.alias(outputs);
      },
    });
  }
  return backend;
}

/** tfjs says which kernel is missing; the stack says which operation asked for it, and where. */
function explained(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const kernel = /^Kernel '(.+)' not registered/.exec(error.message)?.[1];
  if (kernel === undefined) return error;

  return new Error(
    `Cannot trace the model: the graph engine has no kernel '${kernel}'${askedFor(error)}; ` +
      `write the function with other operations`,
    { cause: error },
  );
}

/** tfjs's operations bear names such as `acosh__op`; the function below the last of them called it. */
function askedFor({ stack = "" }: Error): string {
  const frames = stack.split("\n").filter((line) => line.trimStart().startsWith("at "));
  const last = frames.findLastIndex((line) => line.includes("__op "));
  const operation = /(\w+?)__op /.exec(frames[last] ?? "")?.[1];
  if (operation === undefined) return "";
  const caller = frames
    .slice(last + 1)
    .filter((line) => !line.includes("node_modules"))
    .map((line) => /at (?:\w+\.)?(\w+) (?:\[as \w+\] )?\(/.exec(line)?.[1])
    .find((name) => name !== undefined);
  return ` (asked for by tf.${operation} in ${caller ?? "a function without a name"})`;
}
