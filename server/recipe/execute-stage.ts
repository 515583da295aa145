/** What a trainer process does: one stage of a run, from the frozen recipe and the inputs' checkpoints. */
import { mkdir, readFile } from "node:fs/promises";
import { dirname, join, relative, resolve, sep } from "node:path";
import { loadTokenizer } from "../data/load-tokenizer";
import { DeviceError } from "../engine/device-error";
import { failureMessage, isDiskFull } from "../files/system-reason";
import { fetchHubTokenizer } from "../hugging-face/hub-tokenizer";
import { isHubReference } from "../hugging-face/reference";
import { placeText } from "../protocol/place";
import type { RunRecord, StageRecord } from "../protocol/run";
import type { StageJob } from "../protocol/trainer";
import { pauseWhileFull } from "../training/disk-full";
import { executeEvaluate } from "./execute-evaluate";
import { executeFuse } from "./execute-fuse";
import { executeImport } from "./execute-import";
import { executeTrain } from "./execute-train";
import { acquireLock } from "../files/lock";
import { parseRecipe } from "./parse";
import { noPins, pinsOf } from "./pins";
import { resolveRecipe, tokenizerOf } from "./resolve";
import type { ResolvedStage } from "./resolve";
import { readRun, runFiles, stageFolder, writeStage } from "./run-folder";
import type { StageContext, StageWork } from "./stage-work";

/**
 * Answers with the stage's record, which it also leaves in the stage's folder, also where the stage failed.
 * @throws {RangeError} the run's folder is not one, or has no such stage
 */
export async function executeStage(
  job: Pick<StageJob, "run" | "stage" | "device" | "card">,
  context: StageContext,
): Promise<StageRecord> {
  const run = resolve(job.run);
  const record = await readRun(run);
  const stage = await frozenStage(run, record, { name: job.stage, ...context });
  const begun: StageRecord = {
    kind: stage.kind,
    state: "running",
    inputs_sha256: record.stages[job.stage]?.inputs_sha256 ?? "",
    ...(stage.kind === "train" && { device: placeText(job) }),
  };
  const directory = stageFolder(run, stage.name);
  const work: StageWork = {
    ...context,
    directory,
    begun,
    checkpointOf: (name) => {
      const checkpoint = record.stages[name]?.checkpoint;
      if (checkpoint !== undefined) return join(run, checkpoint);
      throw new RangeError(`Cannot run ${stage.name}: ${name} has no checkpoint yet; run it first`);
    },
    shown: (path) => relative(run, path).split(sep).join("/"),
  };
  await patiently(work, () => mkdir(directory, { recursive: true }));
  // Tells the next runner, should this one be killed, that the folder is still being written.
  const lock = await patiently(work, () => acquireLock(join(directory, runFiles.lock)));
  try {
    await patiently(work, () => writeStage(run, stage.name, begun));
    const finished = await outcome(stage, work);
    await patiently(work, () => writeStage(run, stage.name, finished)).catch(unlessFull);
    return finished;
  } finally {
    await lock.release();
  }
}

/** The runner hears how the stage ended; the file is for the next one, should this one die before it has noted it. */
function unlessFull(error: unknown): void {
  if (!isDiskFull(error)) throw error;
}

/** Waits where the disk is full. A train stage, which has more to save than its folder, waits by itself as well. */
function patiently<Result>(
  { clock, signal, report }: StageWork,
  write: () => Promise<Result>,
): Promise<Result> {
  return pauseWhileFull(write, {
    clock,
    signal,
    onPause: (detail) => {
      report({ kind: "event", record: { step: 0, event: "pause", detail } });
      report({ kind: "waits", reason: detail });
    },
    onGoOn: () => {
      report({ kind: "waits" });
    },
  });
}

/** A stage that fails, or whose device does, says so in its record: the message is for the user. */
async function outcome(stage: ResolvedStage, work: StageWork): Promise<StageRecord> {
  try {
    return await execute(stage, work);
  } catch (error) {
    if (work.signal.aborted) return { ...work.begun, state: "stopped" };
    // Nothing is wrong with the stage: it goes on where there is room, or on another device.
    const state = error instanceof DeviceError ? "stopped" : "failed";
    return { ...work.begun, state, error: failureMessage(error) };
  }
}

function execute(stage: ResolvedStage, work: StageWork): Promise<StageRecord> {
  switch (stage.kind) {
    case "train":
      return executeTrain(stage, work);
    case "fuse":
      return patiently(work, () => executeFuse(stage, work));
    case "import":
      return patiently(work, () => executeImport(stage, work));
    case "evaluate":
      return executeEvaluate(stage, work);
  }
}

async function frozenStage(
  run: string,
  record: RunRecord,
  { name, hub, signal }: Pick<StageContext, "hub" | "signal"> & { readonly name: string },
): Promise<ResolvedStage> {
  const file = join(run, runFiles.recipe);
  const { recipe } = parseRecipe(await readFile(file, "utf8"), file);
  if (recipe === undefined) {
    throw new RangeError(
      `Cannot run ${name}: the frozen recipe ${file} has errors; do not edit it`,
    );
  }
  const directory = dirname(record.resume?.recipe_file ?? file);
  const { revisions } = record;
  const pins = revisions === undefined ? noPins : pinsOf(hub(), revisions);
  const { tokenizer = "bytes" } = recipe;
  // The cache may have been cleared since.
  if (isHubReference(tokenizer)) {
    await fetchHubTokenizer(tokenizer, { hub: hub(), known: revisions?.[tokenizer], signal });
  }
  const { vocabSize } = await loadTokenizer(tokenizerOf(recipe, directory, pins));
  const stages = resolveRecipe(recipe, { directory, vocabulary: vocabSize, pins });
  const stage = stages.find((candidate) => candidate.name === name);
  if (stage === undefined) throw new RangeError(`Cannot run ${name}: ${file} has no such stage`);
  return stage;
}
