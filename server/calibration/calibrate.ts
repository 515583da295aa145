/** How long a step takes on each candidate: as measured on this machine before, or measured now. */
import type { Candidate, EngineAtHand } from "../engine/candidates";
import { comparedWith } from "./compared-with";
import { candidateText, stepText } from "./describe";
import { keepSpeeds, readSpeeds, speedKey } from "./speeds-file";
import type { StepTiming } from "./time-steps";
import { runTrial, type TrialResult } from "./trial";
import type { Workload } from "./workload";

export interface Measured {
  readonly candidate: Candidate;
  readonly result: TrialResult;
}

export interface CalibrateOptions {
  readonly candidates: readonly Candidate[];
  readonly engines: readonly EngineAtHand[];
  readonly workload: Workload;
  /** Absolute. */
  readonly speedsFile: string;
  readonly calibrator: URL;
  readonly createdBy: string;
  /** Whether what is not known yet is worth measuring, given how many trials that takes. */
  readonly now: () => Date;
  readonly isWorth: (trials: number) => boolean;
  readonly signal?: AbortSignal | undefined;
  readonly say?: ((line: string) => void) | undefined;
}

/** Of all trials together; each takes one step at least, unless another engine's is clearly faster. */
const totalMs = 10_000;
const mostStepsMs = 1500;

/**
 * What is known of the candidates, in their order; of none where some would have to be measured, and it is not
 * worth it.
 * @throws the signal's reason
 */
export async function calibrate(options: CalibrateOptions): Promise<readonly Measured[]> {
  const { candidates, speedsFile, isWorth, now } = options;
  const known = await readSpeeds(speedsFile, now());
  const keyed = candidates.map((candidate) => ({ candidate, key: keyOf(candidate, options) }));
  const missing = keyed.filter(({ key }) => known[key] === undefined);
  if (missing.length > 0 && !isWorth(missing.length)) return [];
  const results = new Map<string, TrialResult>(Object.entries(known));
  if (missing.length > 0) {
    options.say?.(`Trying ${missing.length} ways to train the model, a few seconds once`);
    const reference = timedOnCpu(keyed.map((each) => ({ ...each, result: known[each.key] })));
    const measured = await measure(enginesFirst(missing), { ...options, reference });
    for (const [key, result] of measured) results.set(key, result);
    await keepSpeeds(speedsFile, Object.fromEntries(measured), now());
  }
  return keyed.flatMap(({ candidate, key }) => {
    const result = results.get(key);
    return result === undefined ? [] : [{ candidate, result }];
  });
}

function keyOf(candidate: Candidate, { engines, workload, createdBy }: CalibrateOptions): string {
  const atHand = engines.find((engine) => isOn(engine, candidate));
  if (atHand === undefined) {
    throw new RangeError(`Cannot time ${candidateText(candidate)}: this engine is not at hand`);
  }
  return speedKey({ candidate, workload, atHand, createdBy });
}

function isOn(engine: EngineAtHand, candidate: Candidate): boolean {
  return engine.engine === candidate.engine && engine.device === candidate.device;
}

interface Keyed {
  readonly candidate: Candidate;
  readonly key: string;
}

/** One of each engine and device before their variants, which are left out where the time is up. */
function enginesFirst(
  keyed: readonly Keyed[],
): readonly (Keyed & { readonly isVariant: boolean })[] {
  const seen = new Set<string>();
  const marked = keyed.map((each) => {
    const { engine, device } = each.candidate;
    const isVariant = seen.has(`${engine} ${device}`);
    seen.add(`${engine} ${device}`);
    return { ...each, isVariant };
  });
  return marked.toSorted((a, b) => Number(a.isVariant) - Number(b.isVariant));
}

/** What the CPU made of the same step: what a device is held against. */
function timedOnCpu(
  tried: readonly { readonly candidate: Candidate; readonly result: TrialResult | undefined }[],
): StepTiming | undefined {
  const results = tried.flatMap(({ candidate, result }) =>
    candidate.device === "cpu" && result !== undefined && "stepMs" in result ? [result] : [],
  );
  return results[0];
}

interface MeasureOptions extends CalibrateOptions {
  readonly reference: StepTiming | undefined;
}

async function measure(
  trials: readonly (Keyed & { readonly isVariant: boolean })[],
  { workload, calibrator, signal, say, now, ...known }: MeasureOptions,
): Promise<ReadonlyMap<string, TrialResult>> {
  const measured = new Map<string, TrialResult>();
  const budgetMs = Math.min(mostStepsMs, totalMs / (2 * trials.length));
  const start = performance.now();
  let bestMs: number | undefined;
  let { reference } = known;
  for (const { candidate, key, isVariant } of trials) {
    if (isVariant && performance.now() - start > totalMs) continue;
    const trial = { candidate, workload, budgetMs, calibrator, bestMs, signal, now };
    const result = comparedWith(reference, await runTrial(trial), now());
    if ("stepMs" in result) bestMs = Math.min(bestMs ?? Infinity, result.stepMs);
    reference ??= timedOnCpu([{ candidate, result }]);
    measured.set(key, result);
    say?.(`  ${candidateText(candidate)}: ${stepText(result)}`);
  }
  return measured;
}

/** The fastest, the first of equals; undefined where none has taken a step. */
export function fastest(measured: readonly Measured[]): Candidate | undefined {
  const timed = measured.flatMap(({ candidate, result }) =>
    "stepMs" in result ? [{ candidate, stepMs: result.stepMs }] : [],
  );
  const best = Math.min(...timed.map(({ stepMs }) => stepMs));
  return timed.find(({ stepMs }) => stepMs === best)?.candidate;
}
