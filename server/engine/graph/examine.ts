/** Whether the graph engine computes on a device of this machine; found out in a process of its own. */
import type { InferenceSession, Tensor, listSupportedBackends } from "onnxruntime-node";
import { callElsewhere } from "../elsewhere";
import type { Engine, Precision } from "../engine";
import { GraphBuilder } from "./builder";
import { libraryPath, loadingFailure, type OtherBinding, withoutTelemetry } from "./library";
import { elementTypes, encodeModel } from "./onnx";
import { providerOptions } from "./provider";
import { whyNoVulkan } from "./why-no-vulkan";

export interface ExamineOptions {
  readonly device: Engine["device"];
  readonly binding?: OtherBinding | undefined;
  /** "float32" by default. */
  readonly precision?: Precision;
  /** Beside this process's own. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/** For loading a driver, and making its first program. */
const patienceMs = 60_000;

/** @throws {Error} it does not; the message says why */
export async function examineGraph(options: ExamineOptions): Promise<void> {
  const { device, binding, precision = "float32", environment = {}, signal } = options;
  const missing = device === "webgpu" ? whyNoVulkan() : undefined;
  if (missing !== undefined) throw new Error(missing);
  const job: Job = {
    ...{ device, library: libraryPath(), binding },
    ...{ model: doubling(precision), options: providerOptions(device) },
  };
  const answer = await callElsewhere(double21, [JSON.stringify(job)], {
    ...{ patienceMs, signal },
    environment: { ...withoutTelemetry, ...environment },
  });
  switch (answer.kind) {
    case "unloaded":
      throw loadingFailure(answer.reason);
    case "unknown":
      throw new Error(`onnxruntime has nothing for it on ${process.platform}-${process.arch}`);
    case "refused":
      throw new Error(explained(answer.reason));
    case "computed":
      if (answer.value === 42) return;
      throw new Error(`it computes wrong: twice 21 is ${answer.value} there`);
    default:
      return answer satisfies never;
  }
}

function explained(reason: string): string {
  return reason.includes("Failed to get a WebGPU adapter")
    ? "WebGPU finds no graphics card that it can use"
    : reason;
}

/** x [1] → y [1], the double. In base 64. */
function doubling(precision: Precision): string {
  const graph = new GraphBuilder();
  const cast = (x: string, to: Precision) =>
    graph.node("Cast", [x], { attributes: { to: elementTypes[to] } });
  const x = cast(graph.input({ name: "x", type: "float32", shape: [1] }), precision);
  const from = cast(graph.node("Add", [x, x]), "float32");
  const model = graph.model([{ from, name: "y", type: "float32", shape: [1] }]);
  return Buffer.from(encodeModel(model)).toString("base64");
}

interface Job extends Pick<ExamineOptions, "device" | "binding"> {
  readonly library: string;
  readonly model: string;
  readonly options: InferenceSession.SessionOptions;
}

type Answer =
  | { readonly kind: "unloaded" | "refused"; readonly reason: string }
  | { readonly kind: "unknown" }
  | { readonly kind: "computed"; readonly value: number };

interface Library {
  readonly InferenceSession: typeof InferenceSession;
  readonly Tensor: typeof Tensor;
  readonly listSupportedBackends: typeof listSupportedBackends;
}

/** Runs in the other process: see callElsewhere(). */
async function double21(load: NodeJS.Require, text: string): Promise<Answer> {
  const { device, library, binding, model, options } = JSON.parse(text) as Job;
  const reasonOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
  let onnxruntime: Library;
  try {
    if (binding !== undefined) {
      load(binding.other);
      load.cache[binding.own] = load.cache[binding.other];
    }
    onnxruntime = load(library) as Library;
  } catch (error) {
    return { kind: "unloaded", reason: reasonOf(error) };
  }
  const isKnown = onnxruntime.listSupportedBackends().some(({ name }) => name === device);
  if (!isKnown) return { kind: "unknown" };
  try {
    const bytes = new Uint8Array(Buffer.from(model, "base64"));
    const session = await onnxruntime.InferenceSession.create(bytes, options);
    const x = new onnxruntime.Tensor("float32", Float32Array.of(21), [1]);
    const { y } = await session.run({ x });
    const [value] = y!.data as Float32Array;
    await session.release();
    return { kind: "computed", value: value! };
  } catch (error) {
    const reason = reasonOf(error);
    if (binding === undefined || !reason.includes("Failed to load shared library"))
      return { kind: "refused", reason };
    try {
      process.dlopen({ exports: {} }, binding.provider);
      return { kind: "refused", reason };
    } catch (cause) {
      // The loader's own reason, or Node's: that it is no module.
      const said = reasonOf(cause);
      return { kind: "refused", reason: said.includes("self-register") ? reason : said };
    }
  }
}
