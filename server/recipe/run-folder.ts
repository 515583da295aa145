/** A run's folder: RUN/recipe.fusion.yaml (frozen), RUN/run.json, and for each stage RUN/STAGE/. */
import { mkdir, readdir, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { replaceText } from "../files/replace-file";
import { reasonOf } from "../files/system-reason";
import type { RunRecord, StageRecord } from "../protocol/run";
import { parseRunRecord } from "./run-record";

export const runFiles = {
  recipe: "recipe.fusion.yaml",
  record: "run.json",
  /** In a stage's folder, by its trainer: the stage's own record, in case the runner dies first. */
  stage: "stage.json",
  lock: ".lock",
  /** What the run is asked to do; see control-file.ts. */
  control: "control.json",
  /** What a runner that the editor started says. */
  log: "runner.log",
  /** Space for run.json where the disk is full; see spare-space.ts. */
  spare: ".spare",
  /** What a changed recipe put out of date; never deleted. */
  replaced: ".replaced",
} as const;

/** May be in a folder before run.json is. */
const notYetARun: readonly string[] = [runFiles.lock, runFiles.control, runFiles.log];

export function stageFolder(run: string, stage: string): string {
  return join(run, stage);
}

/** @throws {RangeError} there is no run in this folder, or run.json is not one */
export async function readRun(run: string): Promise<RunRecord> {
  const json = await readJson(join(run, runFiles.record));
  const record = json === undefined ? undefined : parseRunRecord(json);
  if (record !== undefined && !("problem" in record)) return record;
  const reason = record === undefined ? "it has no run.json" : `its run.json ${record.problem}`;
  throw new RangeError(`Cannot use ${run} as a run's folder: ${reason}`);
}

/** Undefined where the folder is not there, or empty. @throws {RangeError} it holds something else than a run */
export async function findRun(run: string): Promise<RunRecord | undefined> {
  const names = await readdir(run).catch((error: unknown): string[] => {
    if (isMissing(error)) return [];
    throw new RangeError(`Cannot use ${run} as a run's folder: ${reasonOf(error)}`);
  });
  if (names.every((name) => notYetARun.includes(name))) return undefined;
  if (!names.includes(runFiles.record) && !names.includes(runFiles.recipe)) {
    throw new RangeError(
      `Cannot start a run in ${run}: the folder holds other files; give another with --out`,
    );
  }
  return names.includes(runFiles.record) ? readRun(run) : undefined;
}

export async function readStage(run: string, stage: string): Promise<StageRecord | undefined> {
  const json = await readJson(join(stageFolder(run, stage), runFiles.stage));
  return json as StageRecord | undefined;
}

export async function writeStage(run: string, stage: string, record: StageRecord): Promise<void> {
  await mkdir(stageFolder(run, stage), { recursive: true });
  await replaceText(join(stageFolder(run, stage), runFiles.stage), json(record));
}

export function writeRun(run: string, record: RunRecord): Promise<void> {
  return replaceText(join(run, runFiles.record), json(record));
}

export function freezeRecipe(run: string, text: string): Promise<void> {
  return replaceText(join(run, runFiles.recipe), text);
}

export function frozenRecipe(run: string): Promise<string> {
  return readFile(join(run, runFiles.recipe), "utf8");
}

/** Moves a stage's output out of the way; answers where to, or undefined where there was none. */
export async function setAside(run: string, stage: string): Promise<string | undefined> {
  const folder = join(run, runFiles.replaced);
  await mkdir(folder, { recursive: true });
  const taken = new Set(await readdir(folder));
  let number = 1;
  while (taken.has(`${stage}-${number}`)) number++;
  const target = join(folder, `${stage}-${number}`);
  try {
    await rename(stageFolder(run, stage), target);
    return target;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

async function readJson(path: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw new Error(`Cannot read ${path}: ${reasonOf(error)}`, { cause: error });
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new SyntaxError(`Cannot read ${path}: it is not JSON; remove it to start anew`, {
      cause,
    });
  }
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

export function isMissing(error: unknown): boolean {
  return (
    error instanceof Error &&
    "code" in error &&
    (error.code === "ENOENT" || error.code === "ENOTDIR")
  );
}
