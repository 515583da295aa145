/** Asks a TensorFlow library what it is and what it opens, in a process of its own. */
import { existsSync } from "node:fs";
import { callElsewhere } from "../elsewhere";
import { tensorFlowEnvironment } from "./load";
import { engineFiles } from "./place";
import type { FoundEngine } from "./record";

export interface Examined {
  readonly version: string;
  readonly usesGpu: boolean;
}

/** The first use of a new GPU may compile kernels for it. */
const patienceMs = 300_000;

/**
 * Takes seconds: it loads the library and computes 1 + 1.
 * @throws {Error} it does not load, or computes something else; the message is the system's own reason
 */
export async function examineTensorFlow(
  { folder, record: { flavour, environment: python } }: FoundEngine,
  { device, signal }: { readonly device: "cpu" | "cuda"; readonly signal?: AbortSignal },
): Promise<Examined> {
  if (python !== undefined && !existsSync(python)) {
    throw new Error(
      `the Python environment ${python}, whose TensorFlow it uses, has gone; ` +
        `npx deep-fusion doctor --install ${flavour} sets it up again`,
    );
  }
  const { binding } = engineFiles(folder, flavour);
  const environment = tensorFlowEnvironment({ device, threads: 1 });
  return callElsewhere(examineBinding, [binding], { patienceMs, environment, signal });
}

/** What of the native binding is used here, as tfjs-node names it. */
interface Binding {
  readonly TF_Version: string;
  readonly TF_FLOAT: number;
  readonly TF_ATTR_TYPE: number;
  isUsingGpuDevice(): boolean;
  createTensor(shape: number[], type: number, values: Float32Array): number;
  executeOp(
    name: string,
    attributes: object[],
    inputs: number[],
    outputs: number,
  ): { id: number }[];
  tensorDataSync(id: number): Float32Array;
}

function examineBinding(load: NodeJS.Require, file: string): Examined {
  const binding = load(file) as Binding;
  const one = binding.createTensor([1], binding.TF_FLOAT, Float32Array.of(1));
  const type = { name: "T", type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT };
  const [sum] = binding.executeOp("AddV2", [type], [one, one], 1);
  const value = binding.tensorDataSync(sum!.id)[0];
  if (value !== 2) throw new Error(`1 + 1 is ${String(value)} on it`);
  return { version: binding.TF_Version, usesGpu: binding.isUsingGpuDevice() };
}
