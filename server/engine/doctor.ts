/** Which engines and devices run on this machine, and why the others do not. */
import { totalmem } from "node:os";
import type { Engine } from "./engine";
import { thisMachine } from "./engines-folder";
import { findAdapter } from "./graph/adapter";
import { loadGraphEngine } from "./load";
import { examineTensorFlow } from "./tensorflow/examine";
import { findForDevice } from "./tensorflow/find";
import { findGraphicsCard } from "./tensorflow/graphics-card";

export interface EngineReport {
  readonly engine: "graph" | "tensorflow";
  readonly device: Engine["device"];
  readonly usable: boolean;
  /** Why it cannot be used; empty where it can. */
  readonly reason: string;
  /** Of the library that computes; undefined where there is none. */
  readonly version: string | undefined;
  /** Where it computes, as its maker names it; undefined for the CPU and for what cannot be used. */
  readonly device_name?: string;
  /** That the device has in all; undefined where it is not known. */
  readonly memory_bytes?: number;
  /** ONNX operators of a training step that the device leaves to the CPU; undefined where that cannot be. */
  readonly cpu_operators?: readonly string[];
}

/** Takes seconds: it loads the libraries and computes with them. */
export async function examineEngines(): Promise<readonly EngineReport[]> {
  const graph: EngineReport[] = [];
  for (const device of ["cpu", "webgpu"] as const) graph.push(await examineGraphOn(device));
  const notYet = (device: Engine["device"]): EngineReport => ({
    engine: "graph",
    device,
    usable: false,
    reason: "this version's graph engine computes on the CPU and by WebGPU only",
    version: graph[0]?.version,
  });
  return [
    ...graph,
    ...(["cuda", "dml", "coreml"] as const).map(notYet),
    await examineTensorFlowOn("cpu"),
    await examineTensorFlowOn("cuda"),
  ];
}

async function examineGraphOn(device: "cpu" | "webgpu"): Promise<EngineReport> {
  const found = { engine: "graph", device } as const;
  let version: string | undefined;
  try {
    const { examineGraph } = await loadGraphEngine();
    version = await graphVersion();
    await examineGraph(device);
    const where = device === "cpu" ? { memory_bytes: totalmem() } : await findAdapter();
    return { ...found, usable: true, reason: "", version, ...where };
  } catch (error) {
    return { ...found, usable: false, reason: messageOf(error), version };
  }
}

async function graphVersion(): Promise<string> {
  const { env } = await import("onnxruntime-node");
  return `onnxruntime ${env.versions.node ?? ""}`;
}

async function examineTensorFlowOn(device: "cpu" | "cuda"): Promise<EngineReport> {
  const report = { engine: "tensorflow", device } as const;
  let version: string | undefined;
  try {
    const found = await findForDevice(device, thisMachine());
    version = `TensorFlow ${found.record.tensorflow}`;
    const { usesGpu } = await examineTensorFlow(found, { device });
    if (device === "cuda" && !usesGpu) throw new Error(await whyNoCard());
    return { ...report, usable: true, reason: "", version, ...(await memoryOf(device)) };
  } catch (error) {
    return { ...report, usable: false, reason: messageOf(error), version };
  }
}

async function memoryOf(device: "cpu" | "cuda") {
  if (device === "cpu") return { memory_bytes: totalmem() };
  const card = await findGraphicsCard();
  return card === undefined ? {} : { device_name: card.name, memory_bytes: card.memoryBytes };
}

async function whyNoCard(): Promise<string> {
  const card = await findGraphicsCard();
  return card === undefined
    ? "TensorFlow finds no NVIDIA card with a driver on this machine"
    : `TensorFlow cannot open ${card.name}: CUDA's libraries are missing, or the driver is too old for them`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
