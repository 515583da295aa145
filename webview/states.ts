/** Words for what runs and stages are, where they stand, and what happens to them. */
import type { EventRecord } from "../server/protocol/metrics";
import type { StageRecord } from "../server/protocol/run";
import type { RunState } from "../server/protocol/runs";
import { t } from "./l10n";

export const stageStates: Readonly<Record<StageRecord["state"], string>> = {
  waiting: t("waiting"),
  running: t("running"),
  stopped: t("stopped"),
  failed: t("failed"),
  done: t("done"),
};

export const runStates: Readonly<Record<RunState, string>> = {
  starting: t("starting"),
  running: t("running"),
  pausing: t("pausing"),
  paused: t("paused"),
  stopping: t("stopping"),
  stopped: t("stopped"),
  failed: t("failed"),
  done: t("done"),
};

export const stageKinds: Readonly<Record<StageRecord["kind"], string>> = {
  train: t("train"),
  fuse: t("fuse"),
  import: t("import"),
  evaluate: t("evaluate"),
};

export const eventNames: Readonly<Record<EventRecord["event"], string>> = {
  start: t("start"),
  resume: t("resume"),
  notice: t("notice"),
  checkpoint: t("checkpoint"),
  pause: t("pause"),
  stop: t("stop"),
  done: t("done"),
  failed: t("failed"),
};
