/**
 * Before a run begins: which stages of the plan are still to do. A stage whose inputs have changed is run anew, and
 * what it had made is moved aside, never deleted.
 */
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Place, placesText } from "../protocol/place";
import type { RunChoice, RunRecord, StageRecord } from "../protocol/run";
import type { StageJob } from "../protocol/trainer";
import { lockHolder } from "../files/lock";
import type { RunPlan } from "./plan";
import type { ResolvedStage } from "./resolve";
import { freezeRecipe, readStage, runFiles, setAside, stageFolder, writeRun } from "./run-folder";

export interface RunSettings {
  readonly engine: Exclude<StageJob["engine"], "auto">;
  /** Where stages are trained; at least one, the fastest first. */
  readonly places: readonly Place[];
  /** Of each stage. */
  readonly threads: number;
  /** Stages side by side at most. */
  readonly parallel: number;
}

export interface RunOptions {
  /** Absolute. */
  readonly folder: string;
  readonly plan: RunPlan;
  /** What to run; the whole plan unless given. In order. */
  readonly stages: readonly ResolvedStage[];
  readonly settings: RunSettings;
  /** Why these settings. */
  readonly choice?: RunChoice | undefined;
  readonly recipe: { readonly text: string; readonly file: string; readonly stage?: string };
  readonly createdBy: string;
  readonly now: () => Date;
  /** What was in the folder before. */
  readonly previous: RunRecord | undefined;
  /** A trainer of a runner that was killed is still saving: it is waited for. */
  readonly onWait: (stage: string, pid: number) => void;
  readonly signal: AbortSignal;
}

export interface PreparedRun {
  readonly options: RunOptions;
  readonly record: RunRecord;
  /** Old outputs that were moved out of the way: stage and new path. */
  readonly replaced: readonly { readonly stage: string; readonly path: string }[];
}

/** Decides what is done, freezes the recipe and writes run.json. The folder must be locked. */
export async function prepareRun(options: RunOptions): Promise<PreparedRun> {
  const { folder, plan, settings, recipe, previous } = options;
  await mkdir(folder, { recursive: true });
  const records: Record<string, StageRecord> = {};
  const replaced: { stage: string; path: string }[] = [];
  for (const stage of plan.stages) {
    await trainerGone(stage.name, options);
    const inputs_sha256 = plan.hashes.get(stage.name)!;
    const found = (await readStage(folder, stage.name)) ?? previous?.stages[stage.name];
    if (found !== undefined && found.inputs_sha256 !== inputs_sha256 && hasOutput(folder, stage)) {
      const path = await setAside(folder, stage.name);
      if (path !== undefined) replaced.push({ stage: stage.name, path });
    }
    const kept = found?.inputs_sha256 === inputs_sha256 ? found : undefined;
    const steps = stage.kind === "train" ? { steps: stage.settings.steps } : {};
    records[stage.name] = standing(folder, kept, { kind: stage.kind, inputs_sha256, ...steps });
  }
  const record: RunRecord = {
    version: 1,
    name: basename(folder),
    created_by: options.createdBy,
    started_at: previous?.started_at ?? options.now().toISOString(),
    engine: settings.engine,
    device: placesText(settings.places),
    threads: settings.threads,
    ...(options.choice !== undefined && { choice: options.choice }),
    resume: {
      recipe_file: recipe.file,
      parallel: settings.parallel,
      ...(recipe.stage === undefined ? {} : { stage: recipe.stage }),
    },
    ...(Object.keys(plan.revisions).length > 0 && { revisions: plan.revisions }),
    stages: { ...leftOver(previous, plan), ...records },
  };
  await freezeRecipe(folder, recipe.text);
  await writeRun(folder, record);
  return { options, record, replaced };
}

const lookAgainMs = 200;

/** Until no trainer of an earlier runner is at work in the stage's folder. @throws the signal's reason */
async function trainerGone(stage: string, { folder, onWait, signal }: RunOptions): Promise<void> {
  const path = join(stageFolder(folder, stage), runFiles.lock);
  for (let looks = 0; ; looks++) {
    const holder = await lockHolder(path);
    if (holder === undefined) return;
    if (looks === 0) onWait(stage, holder.pid);
    await sleep(lookAgainMs, undefined, { signal });
  }
}

function hasOutput(folder: string, stage: ResolvedStage): boolean {
  return existsSync(stageFolder(folder, stage.name));
}

/** Where a stage stands before the run: nothing runs now, and what is done must still have its checkpoint. */
function standing(
  folder: string,
  found: StageRecord | undefined,
  fresh: Pick<StageRecord, "kind" | "inputs_sha256" | "steps">,
): StageRecord {
  if (found === undefined) return { ...fresh, state: "waiting" };
  if (found.state === "done") {
    const whole = found.checkpoint === undefined || existsSync(join(folder, found.checkpoint));
    return whole ? found : { ...fresh, state: "waiting" };
  }
  const entries = Object.entries(found).filter(([key]) => key !== "error");
  const state = found.state === "waiting" ? "waiting" : "stopped";
  return { ...fresh, ...(Object.fromEntries(entries) as unknown as StageRecord), state };
}

/** Stages that the recipe no longer has: their outputs stay, and so do their records. */
function leftOver(previous: RunRecord | undefined, plan: RunPlan): RunRecord["stages"] {
  const names = new Set(plan.stages.map(({ name }) => name));
  return Object.fromEntries(
    Object.entries(previous?.stages ?? {}).filter(([name]) => !names.has(name)),
  );
}
