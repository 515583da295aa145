/** Words for where runs and stages stand. */
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
