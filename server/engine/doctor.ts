/** Which engines and devices run on this machine, and why the others do not. */
import { totalmem } from "node:os";
import type { Engine } from "./engine";
import { loadGraphEngine } from "./load";
import { examineTensorFlow } from "./tensorflow/examine";
import { findForDevice } from "./tensorflow/find";
import { findGraphicsCard } from "./tensorflow/graphics-card";
import { thisMachine } from "./tensorflow/place";

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
}

/** Takes seconds: it loads the libraries and computes with them. */
export async function examineEngines(): Promise<readonly EngineReport[]> {
  const graph = await examineGraph();
  const notYet = (device: Engine["device"]): EngineReport => ({
    engine: "graph",
    device,
    usable: false,
    reason: "this version of Deep Fusion computes on the CPU only",
    version: graph.version,
  });
  return [
    graph,
    ...(["webgpu", "cuda", "dml", "coreml"] as const).map(notYet),
    await examineTensorFlowOn("cpu"),
    await examineTensorFlowOn("cuda"),
  ];
}

async function examineGraph(): Promise<EngineReport> {
  const found = { engine: "graph", device: "cpu" } as const;
  try {
    const { graphEngine } = await loadGraphEngine();
    const { env } = await import("onnxruntime-node");
    const engine = await graphEngine({ device: "cpu", threads: 1 });
    const answer = await engine.compileFunction({
      weights: {},
      inputs: { x: { shape: [1], dtype: "float32" } },
      evaluate: (_, { x }) => ({ y: x! }),
    });
    await answer.run(engine.allocate({}), { x: Float32Array.of(1) });
    await engine.dispose();
    return {
      ...found,
      usable: true,
      reason: "",
      version: `onnxruntime ${env.versions.node ?? ""}`,
      memory_bytes: totalmem(),
    };
  } catch (error) {
    return { ...found, usable: false, reason: messageOf(error), version: undefined };
  }
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
