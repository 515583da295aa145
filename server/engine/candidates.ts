/** What an engine could be asked to do here; found out without loading a library. */
import type { Engine } from "./engine";
import { thisMachine } from "./engines-folder";
import type { EngineReport } from "./doctor";
import { findForDevice } from "./tensorflow/find";
import { findGraphicsCard } from "./tensorflow/graphics-card";

/** One way to train here. Two that differ in anything are timed each by itself. */
export interface Candidate {
  readonly engine: EngineReport["engine"];
  readonly device: Engine["device"];
  readonly threads: number;
}

/** An engine that is at hand, with what its speed depends on. */
export interface EngineAtHand extends Pick<Candidate, "engine" | "device"> {
  /** Of what computes, and where: whatever changes it makes old figures worthless. */
  readonly identity: string;
}

/** The first is taken where nothing is known of their speed. That one is here does not yet say that it works. */
export async function enginesAtHand(): Promise<readonly EngineAtHand[]> {
  const setUp = await Promise.all([cudaAtHand(), tensorFlowAtHand()]);
  return [graphAtHand, ...setUp.flatMap((engine) => engine ?? [])];
}

/** It comes with this program, whose version says all. */
const graphAtHand: EngineAtHand = { engine: "graph", device: "cpu", identity: "graph" };

async function tensorFlowAtHand(): Promise<EngineAtHand | undefined> {
  const found = await findForDevice("cpu", thisMachine()).catch(() => undefined);
  if (found === undefined) return undefined;
  return { engine: "tensorflow", device: "cpu", identity: `TensorFlow ${found.record.tensorflow}` };
}

async function cudaAtHand(): Promise<EngineAtHand | undefined> {
  const found = await findForDevice("cuda", thisMachine()).catch(() => undefined);
  const card = found === undefined ? undefined : await findGraphicsCard();
  if (found === undefined || card === undefined) return undefined;
  const identity = `TensorFlow ${found.record.tensorflow}, ${card.name}`;
  return { engine: "tensorflow", device: "cuda", identity };
}
