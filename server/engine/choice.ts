/** Opens the engine that the user asked for, or says why that cannot be. */
import { placeText } from "../protocol/place";
import { enginesAtHand } from "./candidates";
import { cardEnvironment, whyNoCard } from "./cards";
import { type EngineOnDevice, examineEngine } from "./doctor";
import type { Engine } from "./engine";
import { thisMachine } from "./engines-folder";
import { findCuda } from "./graph/cuda/find";
import { cudaEnvironment } from "./graph/cuda/place";
import { loadGraphEngine } from "./load";
import { findForDevice } from "./tensorflow/find";
import { findGraphicsCards } from "./tensorflow/graphics-card";

export interface EngineChoice {
  /** "auto": the graph engine. */
  readonly engine: "auto" | "graph" | "tensorflow";
  readonly device: Engine["device"];
  /** Of several CUDA cards: its number; absent: the first. Once a process. */
  readonly card?: number;
  readonly threads: number;
}

type Asked = Pick<EngineChoice, "engine" | "device" | "card">;

/**
 * Which engine a choice means; opens nothing in this process, so that a run can be refused before it leaves anything
 * behind. The CPU is believed; another device takes a second or more to be asked.
 * @throws {RangeError} this engine does not run on this device here; the message says which do
 */
export async function resolveEngine(asked: Asked): Promise<EngineOnDevice> {
  const meant = meantBy(asked);
  if (meant === undefined) throw await refusal(asked, `${asked.engine} knows no such device`);
  if (meant.device === "cpu" && (meant.engine === "graph" || (await isSetUp()))) return meant;
  const { usable, reason } = await examineEngine(meant);
  if (!usable) throw await refusal(meant, reason);
  const { card = 0 } = asked;
  const noCard = card > 0 ? whyNoCard(card, await findGraphicsCards(), process.env) : undefined;
  if (noCard !== undefined) throw await refusal({ ...meant, card }, noCard);
  return meant;
}

function meantBy({ engine, device }: Asked): EngineOnDevice | undefined {
  switch (engine) {
    case "auto":
    case "graph":
      return { engine: "graph", device };
    case "tensorflow":
      return device === "cpu" || device === "cuda" ? { engine, device } : undefined;
    default:
      return undefined; // as another version of this program wrote it
  }
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
export async function openEngine(choice: EngineChoice, worker?: URL): Promise<Engine> {
  await resolveEngine(choice);
  return openUnasked(choice, worker);
}

/** The same for a process whose parent has resolved the choice. @throws {Error} it cannot be opened */
export async function openUnasked(choice: EngineChoice, worker?: URL): Promise<Engine> {
  const { threads } = choice;
  if (!Number.isInteger(threads) || threads < 1) {
    throw new RangeError(`Cannot compute with ${threads} threads: give a whole number from 1 on`);
  }
  const meant = meantBy(choice);
  if (meant === undefined) throw await refusal(choice, `${choice.engine} knows no such device`);
  Object.assign(process.env, cardEnvironment(choice.card, process.env));
  if (meant.engine === "tensorflow") {
    const { tensorFlowEngine } = await import("./tensorflow/engine");
    const found = await findForDevice(meant.device, thisMachine());
    return tensorFlowEngine(found, { device: meant.device, threads });
  }
  const { device } = meant;
  const binding = device === "cuda" ? await findCuda(thisMachine()) : undefined;
  if (binding !== undefined) Object.assign(process.env, cudaEnvironment());
  const { graphEngine } = await loadGraphEngine(binding);
  return graphEngine({ device, threads, worker, binding });
}

async function refusal({ engine, device, card }: Asked, reason: string): Promise<RangeError> {
  const others = (await enginesAtHand())
    .filter((other) => other.engine !== engine || other.device !== device || (card ?? 0) > 0)
    .map((other) => `${other.engine} on ${other.device}`);
  const remedy = `use ${others.join(" or ")}`;
  return new RangeError(
    `Cannot compute with ${engine} on ${placeText({ device, card })}: ${reason}; ${remedy}`,
  );
}
