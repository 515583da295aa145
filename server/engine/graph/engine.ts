/** The default engine: functions traced once into graphs, and run by onnxruntime. */
import type { Engine } from "../engine";
import { compileFunction } from "./function";
import { compileGradients } from "./gradients";
import { Lanes } from "./lanes/lanes";
import { residentEngine } from "./resident/engine";
import type { GraphDevice } from "./session";
import { compileUpdate } from "./update";

export interface GraphEngineOptions {
  readonly device: GraphDevice;
  readonly threads: number;
  /** Bundle of its further threads; without it, onnxruntime alone uses more than one. */
  readonly worker?: URL | undefined;
  /** See SessionSettings; false by default. */
  readonly spinning?: boolean;
  /** See SessionSettings. */
  readonly profilePrefix?: string;
}

/** Measured with Adam and with Adafactor: blocks whose tensors fit the second-level cache. */
const unitSizes = { block: 2 ** 17, together: 2 ** 18, alone: 2 ** 20 };

export function graphEngine(options: GraphEngineOptions): Promise<Engine> {
  const { device, threads, worker, spinning = false, profilePrefix } = options;
  if (device !== "cpu") return residentEngine({ ...options, device });
  const settings = { spinning, ...(profilePrefix !== undefined && { profilePrefix }) };
  const lanes = new Lanes({ threads, worker, settings });
  return Promise.resolve({
    name: "graph",
    device,
    threads,
    splitsBatches: true,
    allocate: (specs) => lanes.allocate(specs),
    compileFunction: (definition) => compileFunction(definition, lanes),
    compileGradients: (definition, { batches = 1 } = {}) =>
      compileGradients(definition, lanes, batches),
    compileUpdate: (program) => compileUpdate(program, lanes, unitSizes),
    dispose: () => lanes.dispose(),
  });
}
