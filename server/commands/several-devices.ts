/** A run whose stages are trained on several devices at once: each device trains one at a time. */
import { availableParallelism } from "node:os";
import type { Measured } from "../calibration/calibrate";
import type { Workload } from "../calibration/workload";
import { type Candidate, type EngineAtHand, enginesAtHand } from "../engine/candidates";
import type { Place } from "../protocol/place";
import type { RunSettings } from "../recipe/prepare-run";
import { greatestWidth } from "../recipe/graph";
import type { AskedSettings } from "./asked-settings";
import type { Work } from "./side-by-side";
import { isSame, measure, stepMsOf, type TrialServices } from "./trials";

export interface SeveralOptions {
  readonly asked: AskedSettings & { readonly device: readonly Place[] };
  readonly work: Work;
  /** Undefined: nothing is left to do. */
  readonly workload: Workload | undefined;
}

/** The fastest device is first, as far as that is known or worth a trial; one that a trial finds wrong is left out. */
export async function onSeveral(
  { asked, work, workload }: SeveralOptions,
  services: TrialServices,
): Promise<{ readonly settings: RunSettings; readonly measured: readonly Measured[] }> {
  const { device: places, threads: askedThreads } = asked;
  const parallel = asked.parallel ?? places.length;
  const atOnce = Math.min(parallel, greatestWidth(work.stages));
  const threads = askedThreads ?? Math.max(1, Math.floor(availableParallelism() / atOnce));
  const engine = await engineOfAll(asked);
  const candidates = places.map((place) => ({ engine, ...place, threads }));
  const atHand = await enginesAtHand();
  const engines = candidates.map(
    (each) => atHand.find((other) => isOn(other, each)) ?? { ...each, identity: "" },
  );
  const measured = await measure(candidates, { engines, work, workload }, services);
  const left = fastestFirst(candidates, measured).map(({ device, card }) => ({
    device,
    ...(card !== undefined && { card }),
  }));
  const settings = { engine, places: left, threads, parallel: asked.parallel ?? left.length };
  return { settings, measured };
}

export interface CardsOptions {
  readonly asked: AskedSettings;
  /** The most stages that could run side by side. */
  readonly width: number;
  readonly cores: number;
}

/** A device other than the CPU: it has one stage at a time, with its memory for itself, or one on each of equal cards. */
export function onCards(
  { engine, device, cards = 1 }: EngineAtHand,
  { asked, width, cores }: CardsOptions,
): Candidate & { readonly parallel: number; readonly places: readonly Place[] } {
  const count = Math.min(cards, width, asked.parallel ?? Infinity);
  const equal = Array.from({ length: count }, (_, card) => ({ device, card }));
  const places = asked.device ?? (count > 1 ? equal : [{ device }]);
  const { threads = Math.max(1, Math.floor(cores / places.length)), parallel = places.length } =
    asked;
  return { engine, ...places[0]!, threads, parallel, places };
}

/** One that has all of them, which the graph engine is taken for where none is at hand. */
export async function engineOfAll({
  engine = "auto",
  device: places = [],
}: AskedSettings): Promise<Candidate["engine"]> {
  if (engine !== "auto") return engine;
  const atHand = await enginesAtHand();
  const hasAll = (name: Candidate["engine"]) =>
    places.every(({ device }) => atHand.some((each) => isOn(each, { engine: name, device })));
  return !hasAll("graph") && hasAll("tensorflow") ? "tensorflow" : "graph";
}

type OnDevice = Pick<Candidate, "engine" | "device">;

function isOn(one: OnDevice, other: OnDevice): boolean {
  return one.engine === other.engine && one.device === other.device;
}

/** In the order given where nothing is known of them; all of them where none is right. */
export function fastestFirst(
  candidates: readonly Candidate[],
  measured: readonly Measured[],
): readonly Candidate[] {
  const known = candidates.map((candidate) => {
    const found = measured.find((each) => isSame(each.candidate, candidate));
    return { candidate, ms: found === undefined ? Number.MAX_VALUE : stepMsOf(found) };
  });
  const right = known.filter(({ ms }) => ms < Infinity);
  const left = right.length > 0 ? right.toSorted((a, b) => a.ms - b.ms) : known;
  return left.map(({ candidate }) => candidate);
}
