/** Whether a device multiplies in float16: for WebGPU that is an extra, shader-f16, which not every card and driver has. */
import { matMul } from "@tensorflow/tfjs-core";
import type { Tensors } from "../../engine";
import { findAdapter } from "../adapter";
import { inputFeeds } from "../feeds";
import { outputMemory, traceFunction } from "../function";
import type { Resident } from "./resident";

const inputs = { x: { shape: [1, 1], dtype: "float32" } } as const;

/** By one product. @throws {RangeError} it does not; the message names it */
export async function checkFloat16({ device, openQuietly }: Resident): Promise<void> {
  const square = {
    ...{ weights: {}, inputs },
    evaluate: (_: unknown, { x }: Tensors) => ({ y: matMul(x!, x!) }),
  };
  const { model, outputs } = traceFunction(square, { device, precision: "float16" });
  const session = await openQuietly(model);
  try {
    const { fetches } = outputMemory(outputs);
    await session.run(inputFeeds(inputs, { x: Float32Array.of(3) }), fetches);
  } catch (error) {
    throw isLacking(error) ? await refusal(device, error) : error;
  } finally {
    session.dispose();
  }
}

/** As onnxruntime (1.30) says it. */
function isLacking(error: unknown): boolean {
  return error instanceof Error && error.message.includes("requires f16 but the device does not");
}

async function refusal(device: Resident["device"], cause: unknown): Promise<RangeError> {
  const { device_name } = await findAdapter();
  const card = device_name ?? "the graphics card";
  return new RangeError(
    `Cannot train in float16 on ${device}: ${card}, with its driver, computes in float32 alone (no shader-f16); ` +
      "set precision: float32 in the recipe",
    { cause },
  );
}
