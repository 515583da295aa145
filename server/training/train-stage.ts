/**
 * One train stage: from a new model, a parent's checkpoint or its own to its last step.
 *
 * A killed stage goes on from its newest checkpoint exactly: weights, optimizer state, step, data cursor and cost
 * are in it, records beyond it are dropped and made again, and neither validations nor checkpoints change the course.
 * A stop cuts a validation short, which the next process then makes up for.
 */
import { setImmediate } from "node:timers/promises";
import { continuedLineage } from "../checkpoint/lineage";
import { DeviceError } from "../engine/device-error";
import { failureMessage } from "../files/system-reason";
import type { Cost } from "../protocol/checkpoint";
import type { HeldoutRecord, StepRecord } from "../protocol/metrics";
import { advance } from "./advance";
import { withCure } from "./device-cure";
import { Divergence, divergence } from "./divergence";
import type { Progress } from "./progress";
import { pausing, save } from "./save";
import { recordKernels } from "./snapshot";
import { openStage, type Stage, type TrainOptions } from "./stage";
import { type OpenStart, openStart } from "./start";

export interface TrainResult {
  readonly state: "done" | "stopped";
  readonly step: number;
  /** Path of the newest checkpoint. */
  readonly checkpoint: string;
  /** Of the last step; absent where no step was taken. */
  readonly record?: StepRecord;
  /** Absent where there are no held-out examples. */
  readonly heldout?: HeldoutRecord;
  /** Batches of the stage of which float16 allowed no update. */
  readonly skipped: number;
  /** The stage's own cost, and the cost along the lineage. */
  readonly ownCost: Cost;
  readonly cost: Cost;
}

/**
 * @throws {RangeError} the loss or a gradient is not finite: names the step and the first tensor
 * @throws {DeviceError} the device gave up; the message says what is kept and what helps
 */
export async function trainStage(options: TrainOptions): Promise<TrainResult> {
  const start = await openStart(options);
  try {
    const { progress, resumed } = start;
    const isOver =
      progress.step >= options.settings.steps && !isHeldoutDue(options, start, progress);
    if (resumed !== undefined && isOver) {
      return result("done", start, { progress, checkpoint: resumed });
    }
    return await runStage(options, start);
  } finally {
    await start.close();
  }
}

async function runStage(options: TrainOptions, start: OpenStart): Promise<TrainResult> {
  const stage = await openStage(options, start).catch(async (error: unknown) => {
    // Nothing is known of the corpus yet: targets are never longer than inputs.
    throw await cured(error, { options, start, targets: options.settings.inputs });
  });
  const course: Course = {
    progress: start.progress,
    ...(start.resumed !== undefined && {
      saved: { step: start.progress.step, path: start.resumed },
    }),
  };
  try {
    const outcome = await train(stage, course);
    await stage.close();
    return outcome;
  } catch (error) {
    const { step } = course.progress;
    const { targets } = stage.batches;
    const failure = await cured(withKept(error, course), { options, start, targets, course });
    const event = failure instanceof DeviceError ? "pause" : "failed";
    stage.recorder.event({ step, event, detail: failureMessage(failure) });
    await stage.close().catch(() => undefined); // the first failure is the one to tell
    throw failure;
  }
}

/** Says what a run that diverged can go on from, where there is anything. */
function withKept(error: unknown, { saved }: Course): unknown {
  if (!(error instanceof Divergence) || saved === undefined) return error;
  return error.with(`The checkpoint of step ${saved.step} is kept`);
}

interface Cured {
  readonly options: TrainOptions;
  readonly start: OpenStart;
  readonly targets: number;
  readonly course?: Course;
}

/** Says what helps against a device that gave up. */
async function cured(
  error: unknown,
  { options: { settings }, start, targets, course }: Cured,
): Promise<unknown> {
  if (!(error instanceof DeviceError)) return error;
  const resumed = start.resumed === undefined ? undefined : start.progress.step;
  const savedStep = course === undefined ? resumed : course.saved?.step;
  const { configuration } = start;
  return withCure(error, { configuration, settings, targets, savedStep });
}

/** What changes from step to step. */
interface Course {
  progress: Progress;
  record?: StepRecord;
  /** The newest checkpoint. */
  saved?: { readonly step: number; readonly path: string };
}

async function train(stage: Stage, course: Course): Promise<TrainResult> {
  const { options, recorder } = stage;
  const { steps, checkpoint_every } = options.settings;
  await begin(stage, course);
  while (course.progress.step < steps) {
    if (options.signal?.aborted === true) return end("stopped", stage, course);
    const { progress, record } = await advance(stage, course.progress);
    course.progress = progress;
    course.record = record;
    await measure(stage, course);
    if (isDue(record.step, checkpoint_every)) await saveOnce(stage, course);
    await pausing(stage, course.progress, () => recorder.flushIfDue());
    await setImmediate(); // lets messages in: a stop, above all
  }
  return end(owesHeldout(stage, course) ? "stopped" : "done", stage, course);
}

/** Before the first step: where the model stands, on held-out examples and in its kernels. */
async function begin(stage: Stage, course: Course): Promise<void> {
  const { recorder, start } = stage;
  const event = start.resumed === undefined ? "start" : "resume";
  const { step } = course.progress;
  recorder.event({ step, event, detail: start.detail });
  const notice = heldoutNotice(stage);
  if (notice !== undefined) recorder.event({ step, event: "notice", detail: notice });
  if (start.resumed === undefined || owesHeldout(stage, course)) await measure(stage, course);
}

/** Where held-out figures were asked for, and the corpus has nothing to measure them on. */
function heldoutNotice({ options: { settings }, evaluator }: Stage): string | undefined {
  const { corpus, evaluate_examples } = settings;
  if (evaluator !== undefined || evaluate_examples === 0 || corpus.holdout === 0) return undefined;
  return (
    `there will be no held-out figures: too little of the corpus ${corpus.name} is held out for one example; ` +
    `give it more documents, or a larger holdout than ${corpus.holdout}`
  );
}

/** Held-out figures and kernels, where they are due; always where a stage begins and after its last step. */
async function measure(stage: Stage, course: Course): Promise<void> {
  const { options, start, learner, recorder } = stage;
  const { settings } = options;
  const { step } = course.progress;
  if (owesHeldout(stage, course) && !(await evaluateHeldout(stage, course))) return;
  const { heatmaps_every } = settings;
  if (heatmaps_every === 0 || !isMeasured(step, heatmaps_every, settings)) return;
  const { configuration, lineage } = start;
  const { weights } = learner;
  await recordKernels({ weights, configuration, parts: lineage.parts, step, recorder });
}

/** Whether held-out figures of the step are due and have not been taken: by nobody yet, or a stop came. */
function owesHeldout({ options, start, evaluator }: Stage, { progress }: Course): boolean {
  return evaluator !== undefined && isHeldoutDue(options, start, progress);
}

function isHeldoutDue(
  { settings }: TrainOptions,
  { lineage }: OpenStart,
  { step, heldout }: Progress,
): boolean {
  const { corpus, evaluate_every, evaluate_examples } = settings;
  if (corpus.holdout === 0 || evaluate_examples === 0) return false;
  // What random weights are worth is known: a guess among all tokens.
  const isUntrained = step === 0 && lineage.parents.length === 0;
  return !isUntrained && isMeasured(step, evaluate_every, settings) && heldout?.step !== step;
}

/** @returns false where a stop has cut it short */
async function evaluateHeldout(stage: Stage, course: Course): Promise<boolean> {
  const { options, evaluator, learner, recorder } = stage;
  const { step } = course.progress;
  const { signal } = options;
  const onProgress = (share: number) => {
    recorder.progress("Validating", share);
  };
  const evaluation = evaluator!.evaluate(learner.weights, {
    onProgress,
    ...(signal && { signal }),
  });
  const figures = await evaluation.catch((error: unknown) => {
    if (signal?.aborted === true) return undefined;
    throw error;
  });
  if (figures === undefined) return false;
  const { loss, accuracy } = figures;
  if (!Number.isFinite(loss)) {
    const { weights } = learner;
    throw await divergence({ step, updates: step, loss, squares: {}, weights });
  }
  const heldout = { step, heldout_loss: loss, heldout_accuracy: accuracy };
  course.progress = { ...course.progress, heldout };
  recorder.heldout(heldout);
  return true;
}

async function end(
  state: TrainResult["state"],
  stage: Stage,
  course: Course,
): Promise<TrainResult> {
  const checkpoint = await saveOnce(stage, course);
  const { progress, record } = course;
  stage.recorder.event({
    step: progress.step,
    event: state === "done" ? "done" : "stop",
    detail: waitingShare(progress),
  });
  return result(state, stage.start, { progress, checkpoint, ...(record && { record }) });
}

/** Saves the step unless it is saved already. */
async function saveOnce(stage: Stage, course: Course): Promise<string> {
  const { step } = course.progress;
  if (course.saved?.step !== step) {
    course.saved = { step, path: await save(stage, course.progress) };
  }
  return course.saved.path;
}

interface Outcome {
  readonly progress: Progress;
  readonly checkpoint: string;
  readonly record?: StepRecord;
}

function result(
  state: TrainResult["state"],
  { lineage }: OpenStart,
  { progress, checkpoint, record }: Outcome,
): TrainResult {
  const { step, ownCost, heldout, lossScale } = progress;
  const { cost } = continuedLineage(lineage, { kind: "trained", steps: step }, ownCost);
  return {
    state,
    step,
    checkpoint,
    skipped: lossScale?.skipped ?? 0,
    ownCost,
    cost,
    ...(record && { record }),
    ...(heldout && { heldout }),
  };
}

/** Always where a stage begins and after its last step. */
function isMeasured(step: number, every: number, { steps }: TrainOptions["settings"]): boolean {
  return step === 0 || step === steps || isDue(step, every);
}

function isDue(step: number, every: number): boolean {
  return every > 0 && step % every === 0;
}

function waitingShare({ waitedSeconds, ownCost }: Progress): string {
  const share = ownCost.device_seconds > 0 ? waitedSeconds / ownCost.device_seconds : 0;
  return `waited for data ${(100 * share).toFixed(1)} % of the time`;
}
