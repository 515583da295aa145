/** Opens the engine that the user asked for, or says why that cannot be. */
import { type EngineReport, examineEngines } from "./doctor";
import type { Engine } from "./engine";
import { thisMachine } from "./engines-folder";
import { loadGraphEngine } from "./load";
import { findForDevice } from "./tensorflow/find";

export interface EngineChoice {
  /** "auto": the graph engine. */
  readonly engine: "auto" | "graph" | "tensorflow";
  readonly device: Engine["device"];
  readonly threads: number;
}

/** What there is to choose in this version. */
export type ResolvedEngine =
  | { readonly engine: "graph"; readonly device: "cpu" | "webgpu" }
  | { readonly engine: "tensorflow"; readonly device: "cpu" | "cuda" };

/**
 * Which engine a choice means; opens nothing, so that a run can be refused before it leaves anything behind.
 * @throws {RangeError} this engine does not run on this device here; the message says which do
 */
export async function resolveEngine({
  engine: asked,
  device,
}: Pick<EngineChoice, "engine" | "device">): Promise<ResolvedEngine> {
  const engine = asked === "auto" ? "graph" : asked;
  if (engine === "graph" && device === "cpu") return { engine, device };
  if (engine === "tensorflow" && device === "cpu" && (await isSetUp())) return { engine, device };
  const reports = await examineEngines();
  const isUsable = reports.some(
    (report) => report.usable && report.engine === engine && report.device === device,
  );
  if (isUsable && engine === "graph" && device === "webgpu") return { engine, device };
  if (isUsable && engine === "tensorflow" && device === "cuda") return { engine, device };
  throw new RangeError(refusal(engine, device, reports));
}

/** Loading the library would take a second; a run finds out soon enough if it cannot be. */
async function isSetUp(): Promise<boolean> {
  return findForDevice("cpu", thisMachine()).then(
    () => true,
    () => false,
  );
}

/**
 * `worker`: the bundle of the graph engine's further threads, for what trains long enough to be worth them.
 * @throws {RangeError} this engine does not run on this device here; the message says which do
 */
export async function openEngine(
  { engine, device, threads }: EngineChoice,
  worker?: URL,
): Promise<Engine> {
  if (!Number.isInteger(threads) || threads < 1) {
    throw new RangeError(`Cannot compute with ${threads} threads: give a whole number from 1 on`);
  }
  const usable = await resolveEngine({ engine, device });
  if (usable.engine === "tensorflow") {
    const { tensorFlowEngine } = await import("./tensorflow/engine");
    const found = await findForDevice(usable.device, thisMachine());
    return tensorFlowEngine(found, { device: usable.device, threads });
  }
  const { graphEngine } = await loadGraphEngine();
  return graphEngine({ device: usable.device, threads, worker });
}

function refusal(
  engine: EngineReport["engine"],
  device: Engine["device"],
  reports: readonly EngineReport[],
): string {
  const named = (report: EngineReport): string => `${report.engine} on ${report.device}`;
  const asked = reports.find((report) => report.engine === engine && report.device === device);
  const reason = asked?.reason ?? `the ${engine} engine knows no such device`;
  const usable = reports.filter((report) => report.usable).map(named);
  const remedy = usable.length === 0 ? "no engine is usable here" : `use ${usable.join(" or ")}`;
  return `Cannot compute with ${engine} on ${device}: ${reason}; ${remedy}`;
}
