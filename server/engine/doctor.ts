/** Which engines and devices run on this machine, and why the others do not. */
import { totalmem } from "node:os";
import { placeText } from "../protocol/place";
import type { Engine, Precision } from "./engine";
import { thisMachine } from "./engines-folder";
import { findAdapter } from "./graph/adapter";
import { examineCuda } from "./graph/cuda/examine";
import { findCuda } from "./graph/cuda/find";
import { examineGraph } from "./graph/examine";
import { libraryVersion } from "./graph/library";
import { examineTensorFlow } from "./tensorflow/examine";
import { findForDevice } from "./tensorflow/find";
import { findGraphicsCard, findGraphicsCards } from "./tensorflow/graphics-card";

export interface EngineReport {
  readonly engine: "graph" | "tensorflow";
  readonly device: Engine["device"];
  readonly usable: boolean;
  /** Why it cannot be used; empty where it can. */
  readonly reason: string;
  /** Of the library that computes; undefined where there is none. */
  readonly version: string | undefined;
  /** Where it computes, as its maker names it; undefined for the CPU and for what cannot be used. */
  readonly device_name?: string;
  /** That the device has in all; undefined where it is not known. */
  readonly memory_bytes?: number;
  /** What is not known of it, though it is usable. */
  readonly caution?: string;
  /** What it trains in; undefined for what cannot be used. */
  readonly precisions?: readonly Precision[];
}

/** An engine on a device that it knows. */
export type EngineOnDevice =
  | { readonly engine: "graph"; readonly device: Engine["device"] }
  | { readonly engine: "tensorflow"; readonly device: "cpu" | "cuda" };

const all: readonly EngineOnDevice[] = [
  ...(["cpu", "webgpu", "cuda", "dml", "coreml"] as const).map((device) => ({
    engine: "graph" as const,
    device,
  })),
  { engine: "tensorflow", device: "cpu" },
  { engine: "tensorflow", device: "cuda" },
];

/** Takes seconds: it loads the libraries and computes with them. */
export async function examineEngines(): Promise<readonly EngineReport[]> {
  const reports: EngineReport[] = [];
  for (const each of all) reports.push(await examineEngine(each));
  return reports;
}

/** In a process of its own, which is ended where it hangs. */
export async function examineEngine(asked: EngineOnDevice): Promise<EngineReport> {
  return asked.engine === "graph"
    ? examineGraphOn(asked.device)
    : examineTensorFlowOn(asked.device);
}

async function examineGraphOn(device: Engine["device"]): Promise<EngineReport> {
  const report = { engine: "graph", device } as const;
  let version: string | undefined;
  try {
    version = `onnxruntime ${libraryVersion()}`;
    const precisions = await precisionsOf(device);
    const about = await aboutDevice(device);
    return { ...report, usable: true, reason: "", version, precisions, ...about };
  } catch (error) {
    return { ...report, usable: false, reason: messageOf(error), version };
  }
}

const both: readonly Precision[] = ["float32", "float16"];

/** That a device computes in at all. @throws {Error} in none; the message says why */
async function precisionsOf(device: Engine["device"]): Promise<readonly Precision[]> {
  await examine(device, "float32");
  if (device === "cpu") return both; // there the one is made by rounding the other
  return examine(device, "float16").then(
    () => both,
    () => ["float32"],
  );
}

async function examine(device: Engine["device"], precision: Precision): Promise<void> {
  if (device === "cuda") await examineCuda({ binding: await findCuda(thisMachine()), precision });
  else await examineGraph({ device, precision });
}

/** Of every device but the CPU, in this version. */
const caution = "not yet tested on a real device";

async function aboutDevice(device: Engine["device"]) {
  if (device === "cpu") return { memory_bytes: totalmem() };
  return { caution, ...(await (device === "cuda" ? aboutCard() : findAdapter())) };
}

async function aboutCard() {
  const cards = await findGraphicsCards();
  const [first] = cards;
  if (first === undefined) return {};
  const names = cards.map(({ name }, card) => `${placeText({ device: "cuda", card })} ${name}`);
  const device_name = cards.length === 1 ? first.name : names.join(", ");
  return { device_name, memory_bytes: first.memoryBytes };
}

async function examineTensorFlowOn(device: "cpu" | "cuda"): Promise<EngineReport> {
  const report = { engine: "tensorflow", device } as const;
  let version: string | undefined;
  try {
    const found = await findForDevice(device, thisMachine());
    version = `TensorFlow ${found.record.tensorflow}`;
    const { usesGpu } = await examineTensorFlow(found, { device });
    if (device === "cuda" && !usesGpu) throw new Error(await whyNoCard());
    const precisions = ["float32"] as const;
    const about = await aboutDevice(device);
    return { ...report, usable: true, reason: "", version, precisions, ...about };
  } catch (error) {
    return { ...report, usable: false, reason: messageOf(error), version };
  }
}

async function whyNoCard(): Promise<string> {
  const card = await findGraphicsCard();
  return card === undefined
    ? "TensorFlow finds no NVIDIA card with a driver on this machine"
    : `TensorFlow cannot open ${card.name}: CUDA's libraries are missing, or the driver is too old for them`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
