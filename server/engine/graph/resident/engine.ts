/** The graph engine on a device that keeps its tensors. Batches go up, numbers come down, and nothing else does. */
import type { Engine } from "../../engine";
import { compileFunction, type FunctionPlace } from "../function";
import { SessionCache, type SessionSettings } from "../session";
import { checkFloat16 } from "./float16";
import { compileResidentGradients } from "./gradients";
import type { Resident } from "./resident";
import { ResidentStore, residentStore } from "./store";
import { openTransfer } from "./transfer";
import { compileResidentUpdate } from "./update";

export interface ResidentEngineOptions extends Pick<SessionSettings, "profilePrefix"> {
  readonly device: "webgpu";
  /** For what the device leaves to the CPU. */
  readonly threads: number;
  readonly spinning?: boolean;
}

/** @throws {Error} the device cannot be opened */
export async function residentEngine(options: ResidentEngineOptions): Promise<Engine> {
  const { device, threads, spinning = false, profilePrefix } = options;
  const settings = { device, spinning, ...(profilePrefix !== undefined && { profilePrefix }) };
  const sessions = new SessionCache(settings);
  const trials = new SessionCache({ ...settings, quiet: true });
  const resident: Resident = {
    device,
    open: (model, outputs = []) => sessions.open(model, threads, outputs),
    openQuietly: (model) => trials.open(model, threads),
  };
  const functions: FunctionPlace = {
    ...{ device, open: (model) => resident.open(model) },
    weightsOf: (store, names) => residentStore(store).feeds("weight", names),
  };
  const transfer = await openTransfer(resident);
  return {
    ...{ name: "graph", device, threads, splitsBatches: false },
    allocate: (specs) => new ResidentStore(specs, transfer),
    compileFunction: (definition) => compileFunction(definition, functions),
    compileGradients: async (definition, { precision = "float32", recompute = false } = {}) => {
      if (precision === "float16") await checkFloat16(resident);
      return compileResidentGradients(definition, resident, { precision, recompute });
    },
    compileUpdate: (program) => compileResidentUpdate(program, resident),
    dispose: () => sessions.dispose(),
  };
}
