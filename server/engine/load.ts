/** Loads the graph engine when it is needed: onnxruntime has no binary for some machines, and a broken one may lie here. */
import { createRequire } from "node:module";
import type koffi from "koffi";
import type { graphEngine } from "./graph/engine";
import { type OtherBinding, libraryPath, loadingFailure } from "./graph/library";
import type { operatorsOnCpu } from "./graph/operators-on-cpu";

/**
 * @param binding what stands in for onnxruntime's own native part; once a process
 * @throws {Error} it cannot be loaded here: with the reason, and what to do
 */
export async function loadGraphEngine(binding?: OtherBinding): Promise<{
  readonly graphEngine: typeof graphEngine;
  readonly operatorsOnCpu: typeof operatorsOnCpu;
}> {
  loadLibrary(binding);
  const engine = await import("./graph/engine");
  const operators = await import("./graph/operators-on-cpu");
  return { ...engine, ...operators };
}

/** By itself: what fails inside an import ends the process in Node 20, caught or not. */
export function loadLibrary(binding?: OtherBinding): void {
  const load = createRequire(import.meta.url);
  try {
    if (binding !== undefined) replace(binding, load);
    load(libraryPath());
  } catch (cause) {
    throw loadingFailure(cause);
  }
}

/** Two of them in a process would share one library, which finds nothing beside the second. */
function replace({ own, other, libraries }: OtherBinding, load: NodeJS.Require): void {
  const loaded = load.cache[own];
  if (loaded !== undefined && loaded !== load.cache[other]) {
    throw new Error("another one computes in this process already");
  }
  openLibraries(libraries, load);
  load(other);
  load.cache[own] = load.cache[other];
}

const RTLD_LAZY = 1;

/** For as long as the process lives: whoever is linked to one of them by name is then given it. */
function openLibraries(libraries: readonly string[], load: NodeJS.Require): void {
  if (libraries.length === 0) return;
  const system = (load("koffi") as typeof koffi).load(null);
  const open = system.func("void *dlopen(const char *file, int how)");
  const failure = system.func("const char *dlerror()");
  for (const file of libraries) {
    if (open(file, RTLD_LAZY) === null) throw new Error(String(failure()));
  }
}
