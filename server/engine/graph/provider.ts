/** How onnxruntime is asked to compute on a device. */
import type { InferenceSession } from "onnxruntime-node";
import type { Engine } from "../engine";

/** COREML_FLAG_CREATE_MLPROGRAM and COREML_FLAG_USE_CPU_AND_GPU: the other format, and the neural engine, round to half precision. */
const coreMlFlags = 0x010 | 0x020;

export function providerOptions(device: Engine["device"]): InferenceSession.SessionOptions {
  switch (device) {
    case "cpu":
    case "cuda":
      return { executionProviders: [device] };
    case "webgpu":
      // Without validation, what goes wrong there is noted in a log, and the run goes on with other numbers.
      return { executionProviders: [{ name: device, validationMode: "basic" }] };
    case "dml":
      // DirectML plans its memory itself.
      return { executionProviders: [device], enableMemPattern: false };
    case "coreml":
      return { executionProviders: [{ name: device, coreMlFlags }] };
    default:
      return device satisfies never;
  }
}
