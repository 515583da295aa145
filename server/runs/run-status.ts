/** How a run stands, from its folder alone: so it makes no difference who started it, or who asks. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { choiceText } from "../calibration/describe";
import { fusionOf } from "../checkpoint/fusion-summary";
import { isFull } from "../files/free-space";
import type { FusionSummary } from "../protocol/checkpoint";
import { type RunRecord, type StageRecord, withoutWaits } from "../protocol/run";
import type { RunState, RunStatus, StageStatus } from "../protocol/runs";
import { readControl } from "../recipe/control-file";
import { lockHolder } from "../files/lock";
import type { LockHolder } from "../files/lock";
import { readRun, readStage, runFiles, stageFolder } from "../recipe/run-folder";
import { logFile } from "../training/stage-folder";
import { readPace } from "./latest-steps";

/** Never rejects: a run that cannot be read is shown with the reason. */
export async function readStatus(folder: string): Promise<RunStatus> {
  const holder = await lockHolder(join(folder, runFiles.lock));
  try {
    return await describe(folder, await readRun(folder), holder);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return {
      folder,
      name: basename(folder),
      state: holder === undefined ? "failed" : "starting",
      ...(holder === undefined ? { reason } : { pid: holder.pid }),
      resumable: false,
      startedAt: holder?.since ?? "",
      engine: "",
      device: "",
      threads: 0,
      recipeChanged: false,
      stages: [],
    };
  }
}

async function describe(
  folder: string,
  record: RunRecord,
  holder: LockHolder | undefined,
): Promise<RunStatus> {
  const saving = holder === undefined ? await trainersLeft(folder, record) : [];
  const stages = await Promise.all(
    Object.entries(record.stages).map(([name, stage]) =>
      describeStage(folder, {
        name,
        stage,
        isAlive: holder !== undefined || saving.includes(name),
      }),
    ),
  );
  const full = await isFull(folder);
  const standing = standingOf({
    ...{ record, stages, saving, full },
    asked: await asked(folder, record, holder),
  });
  const recipe = record.resume?.recipe_file;
  const choice = record.choice && choiceText(record.choice);
  const log = join(folder, runFiles.log);
  return {
    folder,
    name: record.name,
    ...standing,
    ...(holder !== undefined && { pid: holder.pid }),
    startedAt: record.started_at,
    engine: record.engine,
    device: record.device,
    threads: record.threads,
    ...(choice !== undefined && { choice }),
    ...(recipe !== undefined && { recipe }),
    recipeChanged: recipe !== undefined && (await isChanged(folder, recipe)),
    stages,
    ...(existsSync(log) && { log }),
  };
}

/** What a living runner does; undefined where there is none. */
async function asked(
  folder: string,
  record: RunRecord,
  holder: LockHolder | undefined,
): Promise<RunState | undefined> {
  if (holder === undefined) return undefined;
  const control = await readControl(folder);
  const isHeard = control?.pid === undefined || control.pid === holder.pid;
  if (control?.request === "stop" && isHeard) return "stopping";
  if (control?.request === "pause" && isHeard) return record.control ?? "pausing";
  return record.control ?? "running";
}

interface Standing {
  readonly record: RunRecord;
  readonly stages: readonly StageStatus[];
  /** Stages whose trainers have outlived the runner. */
  readonly saving: readonly string[];
  readonly asked: RunState | undefined;
  /** Nothing more fits where the run is, not even what it would say. */
  readonly full: boolean;
}

function standingOf({
  record,
  stages,
  saving,
  asked: state,
  full,
}: Standing): Pick<RunStatus, "state" | "reason" | "waits" | "resumable"> {
  if (state !== undefined) {
    const waits = state === "running" ? waitsOf(stages, full) : undefined;
    return { state, ...(waits !== undefined && { waits }), resumable: state === "paused" };
  }
  if (saving.length > 0) return { state: "stopping", resumable: true };
  const only = record.resume?.stage;
  const wanted = only === undefined ? stages : stages.filter(({ name }) => name === only);
  if (wanted.every((stage) => stage.state === "done")) return { state: "done", resumable: false };
  const failed = stages.filter((stage) => stage.state === "failed");
  if (failed.length > 0) {
    const said = failed.map(({ name, error }) => [name, error ?? "no reason given"] as const);
    return { state: "failed", reason: together(said), resumable: true };
  }
  // The runner's last word is always that nothing runs.
  const died = Object.values(record.stages).some((stage) => stage.state === "running");
  if (!died && record.control === undefined) {
    // A device that gave up: the stage says so, and what helps.
    const said = stages.flatMap(({ name, error }) =>
      error === undefined ? [] : [[name, error] as const],
    );
    return {
      state: "stopped",
      resumable: true,
      ...(said.length > 0 && { reason: together(said) }),
    };
  }
  const reason = full
    ? "the disk is full, and it could not note how it ended; free some space, then resume to go on from " +
      "the last checkpoint"
    : "its process ended without a word: it was killed, or the machine went down; " +
      "resume to go on from the last checkpoint";
  return { state: "failed", reason, resumable: true };
}

/** The runner notes it where there is room for the note. */
function waitsOf(stages: readonly StageStatus[], full: boolean): string | undefined {
  const noted = stages.flatMap(({ name, state, waits }) =>
    state === "running" && waits !== undefined ? [[name, waits] as const] : [],
  );
  if (noted.length > 0) return together(noted);
  return full ? "the disk is full; free some space: the run goes on when there is some" : undefined;
}

/** What stages have to say, each thing once: "a, b: the disk is full". */
function together(said: readonly (readonly [name: string, text: string])[]): string {
  const texts = new Set(said.map(([, text]) => text));
  const namesOf = (text: string) => said.filter((each) => each[1] === text).map(([name]) => name);
  return [...texts].map((text) => `${namesOf(text).join(", ")}: ${text}`).join("\n");
}

interface StageOf {
  readonly name: string;
  readonly stage: StageRecord;
  readonly isAlive: boolean;
}

async function describeStage(
  folder: string,
  { name, stage, isAlive }: StageOf,
): Promise<StageStatus> {
  if (stage.state !== "running") {
    const fusion = await madeByFusion(folder, stage);
    return { ...stage, name, ...(fusion && { fusion }) };
  }
  if (!isAlive) {
    // Its trainer may have said more than the runner lived to write.
    const left = await readStage(folder, name).catch(() => undefined);
    const last = left === undefined || left.state === "running" ? stage : left;
    const state = last.state === "running" ? "stopped" : last.state;
    return { ...withoutWaits(last), name, state };
  }
  const pace = await readPace(logFile(stageFolder(folder, name)), stage.steps);
  const { latest } = pace;
  return { ...stage, name, ...pace, ...(latest !== undefined && { step: latest.step }) };
}

async function madeByFusion(
  folder: string,
  { kind, checkpoint }: StageRecord,
): Promise<FusionSummary | undefined> {
  if (kind !== "fuse" || checkpoint === undefined) return undefined;
  return fusionOf(join(folder, checkpoint));
}

async function trainersLeft(folder: string, record: RunRecord): Promise<readonly string[]> {
  const names = Object.keys(record.stages).filter(
    (name) => record.stages[name]?.state === "running",
  );
  const holders = await Promise.all(
    names.map((name) => lockHolder(join(stageFolder(folder, name), runFiles.lock))),
  );
  return names.filter((_, index) => holders[index] !== undefined);
}

/** A file that has gone has not changed. */
async function isChanged(folder: string, recipe: string): Promise<boolean> {
  const [now, frozen] = await Promise.all(
    [recipe, join(folder, runFiles.recipe)].map((file) =>
      readFile(file, "utf8").catch(() => undefined),
    ),
  );
  return now !== undefined && frozen !== undefined && now !== frozen;
}
