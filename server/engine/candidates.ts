/** What an engine could be asked to do here; found out without loading a library that computes. */
import type { Engine } from "./engine";
import { thisMachine } from "./engines-folder";
import type { EngineReport } from "./doctor";
import { equalCards } from "./cards";
import { fastestOf } from "./graph/adapter";
import { findCuda } from "./graph/cuda/find";
import { vulkanDevices } from "./graph/vulkan-devices";
import { whyNoVulkan } from "./graph/why-no-vulkan";
import { findForDevice } from "./tensorflow/find";
import { findGraphicsCards } from "./tensorflow/graphics-card";

/** One way to train here. Two that differ in anything are timed each by itself. */
export interface Candidate {
  readonly engine: EngineReport["engine"];
  readonly device: Engine["device"];
  /** Of several cards: its number; absent: the first. */
  readonly card?: number;
  readonly threads: number;
}

/** An engine that is at hand, with what its speed depends on. */
export interface EngineAtHand extends Pick<Candidate, "engine" | "device"> {
  /** Of what computes, and where: whatever changes it makes old figures worthless. */
  readonly identity: string;
  /** Equal ones, of which each can train a stage. */
  readonly cards?: number;
}

/** The first is taken where nothing is known of their speed. That one is here does not yet say that it works. */
export async function enginesAtHand(): Promise<readonly EngineAtHand[]> {
  const graph = await Promise.all([webGpuAtHand(), graphCudaAtHand()]);
  const tensorFlow = await Promise.all([tensorFlowCudaAtHand(), tensorFlowAtHand()]);
  const others = [...graph, ofTheSystem(), ...tensorFlow];
  return [graphAtHand, ...others.filter((engine) => engine !== undefined)];
}

/** It comes with this program, whose version says all. */
const graphAtHand: EngineAtHand = { engine: "graph", device: "cpu", identity: "graph" };

/** One that computes in software would only lose. Elsewhere than on Linux a card's own driver comes with the system. */
async function webGpuAtHand(): Promise<EngineAtHand | undefined> {
  const found = { engine: "graph", device: "webgpu" } as const;
  if (process.platform !== "linux") return { ...found, identity: "graph" };
  const card = whyNoVulkan() === undefined ? fastestOf(await vulkanDevices()) : undefined;
  if (card === undefined || card.kind === "software") return undefined;
  return { ...found, identity: `graph, ${card.name}` };
}

async function graphCudaAtHand(): Promise<EngineAtHand | undefined> {
  const found = await findCuda(thisMachine()).catch(() => undefined);
  if (found === undefined) return undefined;
  return onCards({ engine: "graph", device: "cuda", identity: "graph" });
}

/** What onnxruntime has for one system alone, and always there. */
function ofTheSystem(): EngineAtHand | undefined {
  const devices = { win32: "dml", darwin: "coreml" } as const;
  const { platform } = process;
  if (platform !== "win32" && platform !== "darwin") return undefined;
  return { engine: "graph", device: devices[platform], identity: "graph" };
}

async function tensorFlowAtHand(): Promise<EngineAtHand | undefined> {
  const found = await findForDevice("cpu", thisMachine()).catch(() => undefined);
  if (found === undefined) return undefined;
  return { engine: "tensorflow", device: "cpu", identity: `TensorFlow ${found.record.tensorflow}` };
}

async function tensorFlowCudaAtHand(): Promise<EngineAtHand | undefined> {
  const found = await findForDevice("cuda", thisMachine()).catch(() => undefined);
  if (found === undefined) return undefined;
  const identity = `TensorFlow ${found.record.tensorflow}`;
  return onCards({ engine: "tensorflow", device: "cuda", identity });
}

/** Undefined where the driver knows no card. */
async function onCards({ identity, ...engine }: EngineAtHand): Promise<EngineAtHand | undefined> {
  const cards = await findGraphicsCards();
  const [card] = cards;
  if (card === undefined) return undefined;
  const equal = equalCards(cards, process.env);
  return { ...engine, identity: `${identity}, ${card.name}`, ...(equal > 1 && { cards: equal }) };
}
