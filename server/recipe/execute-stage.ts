/** What a trainer process does: one stage of a run, from the frozen recipe and the inputs' checkpoints. */
import { mkdir, readFile } from "node:fs/promises";
import { dirname, join, relative, resolve, sep } from "node:path";
import { loadTokenizer } from "../data/load-tokenizer";
import type { RunRecord, StageRecord } from "../protocol/run";
import { executeEvaluate } from "./execute-evaluate";
import { executeFuse } from "./execute-fuse";
import { executeImport } from "./execute-import";
import { executeTrain } from "./execute-train";
import { acquireLock } from "./lock";
import { parseRecipe } from "./parse";
import { resolveRecipe, tokenizerOf } from "./resolve";
import type { ResolvedStage } from "./resolve";
import { readRun, runFiles, stageFolder, writeStage } from "./run-folder";
import type { StageContext, StageWork } from "./stage-work";

/**
 * Answers with the stage's record, which it also leaves in the stage's folder, also where the stage failed.
 * @throws {RangeError} the run's folder is not one, or has no such stage
 */
export async function executeStage(
  job: { readonly run: string; readonly stage: string },
  context: StageContext,
): Promise<StageRecord> {
  const run = resolve(job.run);
  const record = await readRun(run);
  const stage = await frozenStage(run, record, job.stage);
  const begun: StageRecord = {
    kind: stage.kind,
    state: "running",
    inputs_sha256: record.stages[job.stage]?.inputs_sha256 ?? "",
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
  await mkdir(directory, { recursive: true });
  // Tells the next runner, should this one be killed, that the folder is still being written.
  const lock = await acquireLock(join(directory, runFiles.lock));
  try {
    await writeStage(run, stage.name, begun);
    const finished = await outcome(stage, work);
    await writeStage(run, stage.name, finished);
    return finished;
  } finally {
    await lock.release();
  }
}

/** A stage that fails says so in its record: the message is for the user. */
async function outcome(stage: ResolvedStage, work: StageWork): Promise<StageRecord> {
  try {
    return await execute(stage, work);
  } catch (error) {
    if (work.signal.aborted) return { ...work.begun, state: "stopped" };
    return { ...work.begun, state: "failed", error: messageOf(error) };
  }
}

function execute(stage: ResolvedStage, work: StageWork): Promise<StageRecord> {
  switch (stage.kind) {
    case "train":
      return executeTrain(stage, work);
    case "fuse":
      return executeFuse(stage, work);
    case "import":
      return executeImport(stage, work);
    case "evaluate":
      return executeEvaluate(stage, work);
  }
}

async function frozenStage(run: string, record: RunRecord, name: string): Promise<ResolvedStage> {
  const file = join(run, runFiles.recipe);
  const { recipe } = parseRecipe(await readFile(file, "utf8"), file);
  if (recipe === undefined) {
    throw new RangeError(
      `Cannot run ${name}: the frozen recipe ${file} has errors; do not edit it`,
    );
  }
  const directory = dirname(record.resume?.recipe_file ?? file);
  const { vocabSize } = await loadTokenizer(tokenizerOf(recipe, directory));
  const stages = resolveRecipe(recipe, { directory, vocabulary: vocabSize });
  const stage = stages.find((candidate) => candidate.name === name);
  if (stage === undefined) throw new RangeError(`Cannot run ${name}: ${file} has no such stage`);
  return stage;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
