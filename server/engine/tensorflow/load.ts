/**
 * Loads TensorFlow's backend from an engine's folder, on this program's own copy of tfjs-core.
 *
 * tfjs-node's index would bring a TensorFlow.js of its own and make itself the default backend. Instead its parts
 * are loaded one by one, and where they look for TensorFlow.js there is an empty stand-in, which is filled with
 * the tfjs-core of whoever loads: model, tape and kernels then share one registry.
 */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import * as core from "@tensorflow/tfjs-core";
import { registerKernels, type TensorFlowBackend } from "./kernels";
import { completeUtil } from "./node-util";
import { engineFiles, flavourPackages, standIns } from "./place";
import type { FoundEngine } from "./record";

/** As tfjs-node names its backend, for its kernels are registered under it. */
export const backendName = "tensorflow";

export interface LoadOptions {
  readonly device: "cpu" | "cuda";
  readonly threads: number;
}

interface BackendModule {
  readonly NodeJSKernelBackend: new (binding: unknown, packageName: string) => TensorFlowBackend;
}

/** install/native/quiet.cc */
interface QuietModule {
  readonly quietly: (load: () => unknown) => unknown;
}

/** What TensorFlow reads when it is loaded; what the user has set stays. */
export function tensorFlowEnvironment({ device, threads }: LoadOptions): Record<string, string> {
  return {
    // Of its messages, errors only.
    TF_CPP_MIN_LOG_LEVEL: process.env.TF_CPP_MIN_LOG_LEVEL ?? "3",
    // It would take the whole card otherwise.
    TF_FORCE_GPU_ALLOW_GROWTH: process.env.TF_FORCE_GPU_ALLOW_GROWTH ?? "true",
    TF_NUM_INTRAOP_THREADS: String(threads),
    TF_NUM_INTEROP_THREADS: "1",
    ...(device === "cpu" && { CUDA_VISIBLE_DEVICES: "-1" }),
  };
}

/**
 * Once a process: the library knows no second context.
 * @throws {Error} the library cannot be loaded, or it has been with other threads or for another device
 */
export function loadTensorFlow(found: FoundEngine, options: LoadOptions): TensorFlowBackend {
  const environment = tensorFlowEnvironment(options);
  const loaded = core.findBackend(backendName) as TensorFlowBackend | null;
  if (loaded !== null) {
    refuseOther(environment);
    return loaded;
  }
  Object.assign(process.env, environment);
  completeUtil();
  const backend = loadBackend(found);
  core.registerBackend(backendName, () => backend);
  registerKernels(backendName, backend);
  core.findBackend(backendName);
  return backend;
}

function loadBackend({ folder, record: { flavour } }: FoundEngine): TensorFlowBackend {
  const files = engineFiles(folder, flavour);
  const load = createRequire(files.manifest);
  const name = flavourPackages[flavour];
  for (const name of standIns) Object.assign(load(name) as object, core);
  load(`${name}/dist/register_all_kernels.js`);
  const made = load(`${name}/dist/nodejs_kernel_backend.js`) as BackendModule;
  const binding = quietlyIn(files.quiet, () => load(files.binding), load);
  return new made.NodeJSKernelBackend(binding, name);
}

/** Unless the user wants to read more than errors. */
function quietlyIn(file: string, work: () => unknown, load: NodeJS.Require): unknown {
  if (process.env.TF_CPP_MIN_LOG_LEVEL !== "3" || !existsSync(file)) return work();
  return (load(file) as QuietModule).quietly(work);
}

function refuseOther(wanted: Readonly<Record<string, string>>): void {
  const other = Object.entries(wanted).find(([name, value]) => process.env[name] !== value);
  if (other === undefined) return;
  const [name, value] = other;
  throw new Error(
    `Cannot compute with ${name}=${value}: TensorFlow has been loaded with ${process.env[name] ?? "none"} ` +
      "in this process; use another process",
  );
}
