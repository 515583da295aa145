/** The default engine: functions traced once into graphs, and run by onnxruntime. */
import type { Engine } from "../engine";
import { storeFeeds } from "./feeds";
import { compileFunction, type FunctionPlace } from "./function";
import { compileGradients } from "./gradients";
import { Lanes } from "./lanes/lanes";
import { type OtherBinding, withoutTelemetry } from "./library";
import { residentEngine } from "./resident/engine";
import { graphStore } from "./store";
import { compileUpdate } from "./update";

export interface GraphEngineOptions {
  readonly device: Engine["device"];
  readonly threads: number;
  /** Bundle of its further threads; without it, onnxruntime alone uses more than one. */
  readonly worker?: URL | undefined;
  /** See SessionSettings; false by default. */
  readonly spinning?: boolean;
  /** See SessionSettings. */
  readonly profilePrefix?: string;
  /** See SessionSettings. */
  readonly binding?: OtherBinding | undefined;
}

/** Measured with Adam and with Adafactor: blocks whose tensors fit the second-level cache. */
const unitSizes = { block: 2 ** 17, together: 2 ** 18, alone: 2 ** 20 };

export async function graphEngine(options: GraphEngineOptions): Promise<Engine> {
  const { device } = options;
  Object.assign(process.env, withoutTelemetry);
  return device === "webgpu" ? residentEngine({ ...options, device }) : laneEngine(options);
}

/**
 * Weights, gradients and state lie in the process's own memory, and are updated there. A device that keeps no tensors
 * is sent the weights at every run, and sends the gradients back.
 */
export function laneEngine(options: GraphEngineOptions): Engine {
  const { device, threads, worker, spinning = false, profilePrefix, binding } = options;
  const settings = { spinning, binding, ...(profilePrefix !== undefined && { profilePrefix }) };
  const lanes = new Lanes({ threads, worker, settings });
  lanes.start();
  const isCpu = device === "cpu";
  const computing = isCpu
    ? lanes
    : new Lanes({ threads, worker: undefined, settings: { ...settings, device } });
  const functions: FunctionPlace = {
    device: computing.device,
    open: (model) => computing.sessions.open(model, threads),
    weightsOf: (store, names) => storeFeeds({ prefix: "weight", store: graphStore(store), names }),
  };
  return {
    name: "graph",
    device,
    threads,
    splitsBatches: isCpu,
    allocate: (specs) => lanes.allocate(specs),
    compileFunction: (definition) => compileFunction(definition, functions),
    compileGradients: (definition, given = {}) => compileGradients(definition, computing, given),
    compileUpdate: (program) => compileUpdate(program, lanes, unitSizes),
    dispose: async () => {
      await computing.dispose();
      if (!isCpu) await lanes.dispose();
    },
  };
}
