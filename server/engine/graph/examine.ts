/** Whether the graph engine computes on a device of this machine. */
import { add } from "@tensorflow/tfjs-core";
import type { Engine } from "../engine";
import { graphEngine } from "./engine";
import type { GraphDevice } from "./session";
import { whyNoVulkan } from "./why-no-vulkan";

/** @throws {Error} it does not; the message says why */
export async function examineGraph(device: GraphDevice): Promise<void> {
  // Dawn would write of it to the user's terminal.
  const missing = device === "webgpu" ? whyNoVulkan() : undefined;
  if (missing !== undefined) throw new Error(missing);
  const engine = await graphEngine({ device, threads: 1 }).catch((error: unknown) => {
    throw explained(error);
  });
  try {
    await compute(engine);
  } finally {
    await engine.dispose();
  }
}

function explained(error: unknown): unknown {
  const isAdapter =
    error instanceof Error && error.message.includes("Failed to get a WebGPU adapter");
  return isAdapter
    ? new Error("WebGPU finds no graphics card that it can use", { cause: error })
    : error;
}

async function compute(engine: Engine): Promise<void> {
  const doubling = await engine.compileFunction({
    weights: {},
    inputs: { x: { shape: [1], dtype: "float32" } },
    evaluate: (_, { x }) => ({ y: add(x!, x!) }),
  });
  const { y } = await doubling.run(engine.allocate({}), { x: Float32Array.of(21) });
  if (y?.[0] !== 42) throw new Error(`it computes wrong: twice 21 is ${String(y?.[0])} there`);
}
