/**
 * What was measured on this machine: a file in the user's cache folder, which may be deleted at any time. One that
 * cannot be read or written is as good as none: everything is measured again.
 */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { cpus, homedir, totalmem } from "node:os";
import { dirname, join, resolve } from "node:path";
import { makeFolder } from "../files/make-folder";
import { replaceText } from "../files/replace-file";
import type { Candidate, EngineAtHand } from "../engine/candidates";
import type { TrialResult } from "./trial";
import { type Workload, workloadHash } from "./workload";

/** Results by key. */
export type Speeds = Readonly<Record<string, TrialResult>>;

interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  readonly home: string;
}

/** An absolute path; DEEP_FUSION_CACHE names another folder. */
export function speedsFile({ environment, platform, home }: Surroundings): string {
  const { DEEP_FUSION_CACHE: chosen, XDG_CACHE_HOME, LOCALAPPDATA } = environment;
  const given = (folder: string | undefined) => (folder === "" ? undefined : folder);
  const caches = {
    darwin: join(home, "Library", "Caches"),
    win32: given(LOCALAPPDATA) ?? join(home, "AppData", "Local"),
    other: given(XDG_CACHE_HOME) ?? join(home, ".cache"),
  };
  const kind = platform === "darwin" || platform === "win32" ? platform : "other";
  return join(resolve(given(chosen) ?? join(caches[kind], "deep-fusion")), "speeds.json");
}

export function thisUsersSpeeds(): string {
  return speedsFile({ environment: process.env, platform: process.platform, home: homedir() });
}

export interface MeasuredThing {
  readonly candidate: Candidate;
  readonly workload: Workload;
  readonly atHand: EngineAtHand;
  /** "deep-fusion 0.1.0". */
  readonly createdBy: string;
}

/** Differs wherever the time of a step may: machine, versions, candidate, model, batch. */
export function speedKey({ candidate, workload, atHand, createdBy }: MeasuredThing): string {
  const cores = cpus();
  const machine = [process.platform, process.arch, cores[0]?.model, cores.length, totalmem()];
  const versions = [createdBy, process.versions.modules, atHand.identity];
  const sorted = Object.entries(candidate).sort(([a], [b]) => (a < b ? -1 : 1));
  const text = JSON.stringify([machine, versions, sorted, workloadHash(workload)]);
  return createHash("sha256").update(text).digest("hex").slice(0, 32);
}

/** A failure may have had its reason in the moment: another day it is tried again. */
const failureKeptMs = 24 * 3600 * 1000;

/** Never rejects. */
export async function readSpeeds(file: string, now: Date): Promise<Speeds> {
  try {
    const json: unknown = JSON.parse(await readFile(file, "utf8"));
    if (!isObject(json) || json.version !== 1 || !isObject(json.speeds)) return {};
    return Object.fromEntries(
      Object.entries(json.speeds).filter((entry): entry is [string, TrialResult] =>
        isResult(entry[1], now.getTime()),
      ),
    );
  } catch {
    return {};
  }
}

/** Newer ones push out the oldest. */
const mostKept = 1000;

/** Adds to what is there, newest last. Never rejects. */
export async function keepSpeeds(file: string, measured: Speeds, now: Date): Promise<void> {
  try {
    const before = Object.entries(await readSpeeds(file, now)).filter(
      ([key]) => !(key in measured),
    );
    const speeds = Object.fromEntries([...before, ...Object.entries(measured)].slice(-mostKept));
    await makeFolder(dirname(file));
    await replaceText(file, `${JSON.stringify({ version: 1, speeds }, null, 1)}\n`);
  } catch {
    // They will be measured again.
  }
}

function isResult(value: unknown, now: number): value is TrialResult {
  if (!isObject(value)) return false;
  const isTime = (entry: unknown) => typeof entry === "number" && entry > 0 && isFinite(entry);
  if (typeof value.failed === "string") {
    return typeof value.at === "number" && Math.abs(now - value.at) < failureKeptMs;
  }
  const isFigure = (entry: unknown) => typeof entry === "number" && isFinite(entry);
  const isTimed = isTime(value.stepMs) && isTime(value.steps);
  const hasFigures = isFigure(value.loss) && isFigure(value.gradientNorm);
  return isTime(value.longerThanMs) || (isTimed && hasFigures);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
