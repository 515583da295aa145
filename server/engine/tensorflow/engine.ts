/** The functions called at every step on TensorFlow, by way of @tensorflow/tfjs-node or -gpu. */
import { eagerEngine } from "../eager/engine";
import type { Engine } from "../engine";
import { type LoadOptions, backendName, loadTensorFlow } from "./load";
import type { FoundEngine } from "./record";

/** @throws {Error} the library cannot be loaded, or finds no such device */
export function tensorFlowEngine(found: FoundEngine, options: LoadOptions): Engine {
  const { device, threads } = options;
  const { isUsingGpuDevice } = loadTensorFlow(found, options);
  if (isUsingGpuDevice !== (device === "cuda")) {
    throw new Error(
      `Cannot compute with tensorflow on ${device}: TensorFlow has opened ` +
        (isUsingGpuDevice ? "a CUDA device" : "no CUDA device, only the CPU"),
    );
  }
  return eagerEngine({ name: "tensorflow", device, backend: backendName, threads });
}
