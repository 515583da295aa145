/** What a run computes with: as the user says, as it began, or whatever is fastest here. */
import { availableParallelism } from "node:os";
import type { Measured } from "../calibration/calibrate";
import type { Workload } from "../calibration/workload";
import { type Candidate, type EngineAtHand, enginesAtHand } from "../engine/candidates";
import { resolveEngine } from "../engine/choice";
import { checkOptions, hasOptions } from "../engine/offers";
import { parsePlaces, type Place } from "../protocol/place";
import type { RunChoice, RunRecord } from "../protocol/run";
import { greatestWidth } from "../recipe/graph";
import type { RunPlan } from "../recipe/plan";
import type { RunSettings } from "../recipe/prepare-run";
import type { ResolvedStage } from "../recipe/resolve";
import type { AskedSettings } from "./asked-settings";
import { bytesOf, heaviestWorkload, supposedSeconds, workOf } from "./run-work";
import { contenders, quickest, type Sharing, sharings, timeOf, type Work } from "./side-by-side";
import { engineOfAll, onCards, onSeveral, type SeveralOptions } from "./several-devices";
import { distinct, isSame, measure, recorded, type TrialServices } from "./trials";

export interface ChosenSettings {
  readonly settings: RunSettings;
  readonly choice: RunChoice;
}

export interface SettingsOptions {
  readonly asked: AskedSettings;
  readonly plan: RunPlan;
  readonly stages: readonly ResolvedStage[];
  readonly previous: RunRecord | undefined;
}

/**
 * What is said counts; for the rest, whatever will be done first, as measured where it is worth measuring.
 * @throws {RangeError} the engine that was asked for is not usable here; the signal's reason
 */
export async function chooseSettings(
  { asked, ...options }: SettingsOptions,
  services: TrialServices,
): Promise<ChosenSettings> {
  const { previous } = options;
  if (previous !== undefined && hasBegun(options) && isOpen(asked)) {
    const settings = goingOn(previous, asked);
    await resolveAll(settings);
    return { settings, choice: { why: "kept", candidates: previous.choice?.candidates ?? [] } };
  }
  const work = workOf(options);
  const workload = heaviestWorkload(options, work);
  if (isSeveral(asked)) {
    const { settings, measured } = await onSeveral({ asked, work, workload }, services);
    withOptions([{ ...settings, ...settings.places[0]!, identity: "" }], options.stages);
    const why = measured.length > 0 ? "measured" : "only";
    return { settings, choice: { why, candidates: recorded(measured) } };
  }
  const engines = withOptions(await askedEngines(asked), options.stages);
  const all = sharings({
    ...{ ...asked, stages: options.stages, cores: availableParallelism() },
    ...{ bytesOf: (stage) => bytesOf(stage, options.plan), freeBytes: process.availableMemory() },
  });
  const ways = engines.flatMap((atHand) => waysOn(atHand, { asked, all, work }));
  const measured = await measure(ways, { engines, work, workload }, services);
  const best = workload && fastestWay(ways, measured, { work, workload });
  if (best !== undefined) return chosen(best, { why: "measured", ways, measured });
  // Where nothing is known, the engine that runs everywhere, shared as is usually best.
  const [{ engine, device }] = engines as [EngineAtHand];
  const own = ways.filter((way) => way.engine === engine && way.device === device);
  const way = { ...own[0]!, ...quickest(own, work) };
  return chosen(way, { why: ways.length === 1 ? "only" : "untried", ways, measured });
}

/** @throws {RangeError} what this run began with, or is to go on with, is not usable here; the message says what is */
export async function checkGoingOn(previous: RunRecord, asked: AskedSettings): Promise<void> {
  if (isOpen(asked)) await resolveAll(goingOn(previous, asked));
  else await checkAsked(asked);
}

/** One after the other, for each may start a driver. @throws {RangeError} one of them is not usable here */
async function resolveAll({ engine, places }: Pick<RunSettings, "engine" | "places">) {
  for (const place of places) await resolveEngine({ engine, ...place });
}

function isSeveral(asked: AskedSettings): asked is SeveralOptions["asked"] {
  return asked.device !== undefined && asked.device.length > 1;
}

/** Nothing was said of where to compute. */
function isOpen({ engine, device }: AskedSettings): boolean {
  return engine === undefined && device === undefined;
}

/** A run goes on with what it began with: its numbers depend on it. */
function goingOn(previous: RunRecord, { threads, parallel }: AskedSettings): RunSettings {
  // As this program wrote it; what it does not know resolveEngine() refuses.
  const { engine } = previous as RunRecord & Pick<RunSettings, "engine">;
  return {
    ...{ engine, places: placesOf(previous), threads: threads ?? previous.threads },
    parallel: parallel ?? previous.resume?.parallel ?? 1,
  };
}

/** @throws {RangeError} this program knows no such device */
function placesOf({ name, device }: RunRecord): readonly Place[] {
  try {
    return parsePlaces(device);
  } catch (cause) {
    const { message } = cause as RangeError;
    const remedy = "give --device with one that there is";
    throw new RangeError(`Cannot go on with ${name}: ${message}; ${remedy}`, { cause });
  }
}

/** A stage was begun that is not done yet, or another was done that is to be compared with what comes. */
function hasBegun({ plan, previous }: Omit<SettingsOptions, "asked">): boolean {
  return plan.stages.some(({ name, kind }) => {
    const before = previous?.stages[name];
    const isSame = before?.inputs_sha256 === plan.hashes.get(name);
    return kind === "train" && isSame && before?.state !== "waiting";
  });
}

/** Those at hand that are meant. @throws {RangeError} none is usable; the message says which are */
async function askedEngines({ engine = "auto", device: places = [] }: AskedSettings) {
  const device = places[0]?.device;
  const fitting = (await enginesAtHand()).filter(
    (each) =>
      (engine === "auto" || each.engine === engine) &&
      (device === undefined || each.device === device),
  );
  if (fitting.length > 0) return fitting;
  const resolved = await resolveEngine({ engine, device: device ?? "cpu" });
  return [{ ...resolved, identity: "" }];
}

/** Those that compute as all stages ask. @throws {RangeError} none does; the message says which do */
function withOptions(
  engines: readonly EngineAtHand[],
  stages: readonly ResolvedStage[],
): readonly EngineAtHand[] {
  const asked = stages.flatMap((stage) => (stage.kind === "train" ? [stage.settings] : []));
  const able = engines.filter(({ engine }) =>
    asked.every((options) => hasOptions(engine, options)),
  );
  if (able.length > 0) return able;
  for (const options of asked) checkOptions(engines[0]!.engine, options);
  return engines;
}

/** @throws {RangeError} what was asked for is not usable here; the message says what is */
export async function checkAsked(asked: AskedSettings): Promise<void> {
  const { engine = "auto", device: places = [] } = asked;
  if (isSeveral(asked)) return resolveAll({ engine: await engineOfAll(asked), places });
  const [only] = await askedEngines(asked);
  if (engine === "auto" && places.length === 0) return;
  await resolveEngine({ ...only!, ...places[0] });
}

/** A candidate, how many stages run side by side with it, and where: on what the candidate has unless said. */
type Way = Candidate & Sharing & Partial<ReturnType<typeof onCards>>;

interface WaysOptions {
  readonly asked: AskedSettings;
  readonly all: readonly Sharing[];
  readonly work: Work;
}

/** Cores with two threads each are often better used by half as many. */
const leastHalved = 4;

function waysOn(atHand: EngineAtHand, { asked, all, work }: WaysOptions): readonly Way[] {
  const { engine, device } = atHand;
  if (device !== "cpu") {
    const width = greatestWidth(work.stages);
    return [onCards(atHand, { asked, width, cores: availableParallelism() })];
  }
  return contenders(all, work).flatMap((sharing) => {
    const way = { engine, device, ...sharing };
    const isHalved = asked.threads === undefined && sharing.threads >= leastHalved;
    return isHalved ? [way, { ...way, threads: Math.floor(sharing.threads / 2) }] : [way];
  });
}

/** The one with which the whole run is done first, if other models are to the measured one as their FLOPs are. */
function fastestWay(
  ways: readonly Way[],
  measured: readonly Measured[],
  { work, workload }: { readonly work: Work; readonly workload: Workload },
): Way | undefined {
  const times = ways.map((way) => {
    const result = measured.find(({ candidate }) => isSame(candidate, way))?.result;
    if (result === undefined || !("stepMs" in result)) return Infinity;
    return timeOf(way, work, () => supposedSeconds(workload) / (result.stepMs / 1000));
  });
  const least = Math.min(...times);
  return Number.isFinite(least) ? ways[times.indexOf(least)] : undefined;
}

interface Reason {
  readonly why: RunChoice["why"];
  readonly ways: readonly Way[];
  readonly measured: readonly Measured[];
}

function chosen(way: Way, { why, ways, measured }: Reason): ChosenSettings {
  const { engine, device, threads, parallel, places = [{ device }] } = way;
  const isOther = (other: Candidate) => other.engine !== engine || other.device !== device;
  const others = why === "untried" ? distinct(ways).filter(isOther) : [];
  return {
    settings: { engine, places, threads, parallel },
    choice: {
      why,
      candidates: why === "untried" ? others.map(withoutSharing) : recorded(measured, way),
    },
  };
}

function withoutSharing({ engine, device, threads }: Candidate): Candidate {
  return { engine, device, threads };
}
