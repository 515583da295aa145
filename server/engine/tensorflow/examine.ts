/** Asks a TensorFlow library what it is and what it opens, in a process of its own: one that crashes takes nothing along. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { promisify } from "node:util";
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
  const script = `console.log(JSON.stringify((${String(examineBinding)})(require(process.argv[1]))))`;
  const environment = tensorFlowEnvironment({ device, threads: 1 });
  try {
    const { stdout } = await promisify(execFile)(process.execPath, ["-e", script, binding], {
      env: { ...process.env, ...environment },
      timeout: patienceMs,
      windowsHide: true,
      ...(signal !== undefined && { signal }),
    });
    return JSON.parse(stdout.trim().split("\n").at(-1)!) as Examined;
  } catch (error) {
    signal?.throwIfAborted();
    throw new Error(reasonIn(error), { cause: error });
  }
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

/** Its text runs in the other process, so it sees only its argument. */
function examineBinding(binding: Binding): Examined {
  const one = binding.createTensor([1], binding.TF_FLOAT, Float32Array.of(1));
  const type = { name: "T", type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT };
  const [sum] = binding.executeOp("AddV2", [type], [one, one], 1);
  const value = binding.tensorDataSync(sum!.id)[0];
  if (value !== 2) throw new Error(`1 + 1 is ${String(value)} on it`);
  return { version: binding.TF_Version, usesGpu: binding.isUsingGpuDevice() };
}

/** The line that names the error, of all that a dying process printed. */
function reasonIn(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { stderr, signal, killed } = error as Error & Partial<Record<string, unknown>>;
  if (killed === true) return `it did not answer within ${patienceMs / 1000} s`;
  if (typeof signal === "string") return `its library ended the process (${signal})`;
  const lines = typeof stderr === "string" ? stderr.split("\n") : [];
  const said = lines.find((line) => /^\w*Error: /.test(line))?.replace(/^\w*Error: /, "");
  return said ?? error.message;
}
