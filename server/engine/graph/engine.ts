/** The default engine: functions traced once into graphs, and run by onnxruntime. */
import type { Engine } from "../engine";
import { compileFunction } from "./function";
import { compileGradients } from "./gradients";
import { SessionCache } from "./session";
import { GraphStore } from "./store";
import { compileUpdate } from "./update";

export interface GraphEngineOptions {
  readonly device: "cpu";
  readonly threads: number;
  /** See SessionSettings; false by default. */
  readonly spinning?: boolean;
}

/** Measured with Adam and with Adafactor: blocks whose tensors fit the second-level cache. */
const unitSizes = { block: 2 ** 17, together: 2 ** 18 };

export function graphEngine(options: GraphEngineOptions): Promise<Engine> {
  const { device, threads, spinning = false } = options;
  const sessions = new SessionCache({ threads, spinning });
  return Promise.resolve({
    name: "graph",
    device,
    threads,
    allocate: (specs) => new GraphStore(specs),
    compileFunction: (definition) => compileFunction(definition, sessions),
    compileGradients: (definition) => compileGradients(definition, sessions),
    compileUpdate: (program) => compileUpdate(program, sessions, unitSizes),
    dispose: () => sessions.dispose(),
  });
}
