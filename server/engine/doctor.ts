/** Which engines and devices run on this machine, and why the others do not. */
import type { Engine } from "./engine";
import { loadGraphEngine } from "./load";

export interface EngineReport {
  readonly engine: "graph" | "tensorflow";
  readonly device: Engine["device"];
  readonly usable: boolean;
  /** Why it cannot be used; empty where it can. */
  readonly reason: string;
  /** Of the library that computes; undefined where there is none. */
  readonly version: string | undefined;
}

/** Takes a moment: it loads onnxruntime and runs a graph of one node. */
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
    notYet("webgpu"),
    notYet("cuda"),
    notYet("dml"),
    notYet("coreml"),
    {
      engine: "tensorflow",
      device: "cpu",
      usable: false,
      reason: "this version of Deep Fusion has no TensorFlow engine",
      version: undefined,
    },
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
    };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { ...found, usable: false, reason, version: undefined };
  }
}
