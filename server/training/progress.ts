/** How far a train stage is, and its form in trainer_state.json: with weights and optimizer state all that resuming needs. */
import { noCost } from "../checkpoint/lineage";
import { type OptimizerKind, parseOptimizerRecord } from "../checkpoint/optimizer-state";
import { type DataCursor, parseCursor } from "../data/cursor";
import type { Cost } from "../protocol/checkpoint";
import type { HeldoutRecord } from "../protocol/metrics";
import { type LossScale, parseLossScale } from "./loss-scale";

export interface Progress {
  /** Steps of this stage that are done. */
  readonly step: number;
  /** Updates that the optimizer's state has seen; more than `step` where it was carried over. */
  readonly updates: number;
  /** Of the next batch; absent before the first. */
  readonly cursor?: DataCursor;
  /** Of this stage. */
  readonly ownCost: Cost;
  /** How much of `ownCost.device_seconds` was spent waiting for data. */
  readonly waitedSeconds: number;
  /** The newest one. */
  readonly heldout?: HeldoutRecord;
  /** Of the next batch; in float16 only. */
  readonly lossScale?: LossScale;
}

export const noProgress: Progress = { step: 0, updates: 0, ownCost: noCost, waitedSeconds: 0 };

interface ProgressJson {
  readonly version: 1;
  readonly step: number;
  readonly cursor?: unknown;
  readonly own_cost: Cost;
  readonly waited_seconds: number;
  readonly heldout?: HeldoutRecord;
  readonly loss_scale?: unknown;
}

export function progressJson(progress: Progress, optimizer: OptimizerKind): unknown {
  const { step, updates, cursor, ownCost, waitedSeconds, heldout, lossScale } = progress;
  return {
    version: 1,
    step,
    optimizer: { kind: optimizer, updates },
    own_cost: ownCost,
    waited_seconds: waitedSeconds,
    ...(cursor && { cursor }),
    ...(heldout && { heldout }),
    ...(lossScale && { loss_scale: lossScale }),
  } satisfies ProgressJson & { optimizer: unknown };
}

/** @throws {SyntaxError} the JSON is not a train stage's */
export function parseProgress(json: unknown, file: string): Progress {
  const optimizer = parseOptimizerRecord(json, file);
  if (optimizer === undefined || !isProgress(json)) {
    throw new SyntaxError(`Cannot resume from ${file}: it was not written by a train stage`);
  }
  return {
    step: json.step,
    updates: optimizer.updates,
    ownCost: json.own_cost,
    waitedSeconds: json.waited_seconds,
    ...(json.cursor !== undefined && { cursor: parseCursor(json.cursor, file) }),
    ...(json.heldout && { heldout: json.heldout }),
    ...(json.loss_scale !== undefined && { lossScale: parseLossScale(json.loss_scale, file) }),
  };
}

function isProgress(json: unknown): json is ProgressJson {
  if (typeof json !== "object" || json === null) return false;
  const fields = json as Partial<Record<keyof ProgressJson, unknown>>;
  return (
    fields.version === 1 &&
    Number.isSafeInteger(fields.step) &&
    Number.isFinite(fields.waited_seconds) &&
    isCost(fields.own_cost) &&
    (fields.heldout === undefined || typeof fields.heldout === "object")
  );
}

function isCost(json: unknown): json is Cost {
  if (typeof json !== "object" || json === null) return false;
  const fields = json as Partial<Record<string, unknown>>;
  return Object.keys(noCost).every((name) => Number.isFinite(fields[name]));
}
