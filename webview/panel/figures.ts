/** What the panel says about a run, as words. Pure. */
import type { RunStatus, StageStatus } from "../../server/protocol/runs";
import { duration, lossNumber, percent, shortNumber, wholeNumber } from "../charts/format";
import { deviceName } from "../device-name";
import { t } from "../l10n";
import { stageStates } from "../states";

/** The one to report on: what runs, the furthest along; else what was stopped in its midst. */
export function stageInHand({ stages }: RunStatus): StageStatus | undefined {
  const trains = stages.filter(({ kind }) => kind === "train");
  const running = trains.filter(({ state }) => state === "running");
  return (
    running.sort((a, b) => (b.latest?.step ?? 0) - (a.latest?.step ?? 0))[0] ??
    stages.find(({ state }) => state === "running") ??
    trains.find(({ state }) => state === "stopped" || state === "failed") ??
    trains.findLast(({ state }) => state === "done")
  );
}

/** 0 to 1. */
export function shareDone({ state, latest, step, steps }: StageStatus): number {
  if (state === "done") return 1;
  return Math.min(1, (latest?.step ?? step ?? 0) / (steps ?? Infinity));
}

/** "62 %", "done", "fused", "waiting". */
export function stageDetail(stage: StageStatus): string {
  const { kind, state, waits } = stage;
  const share = shareDone(stage);
  if (state === "done") return kind === "fuse" ? t("fused") : t("done");
  const done = share > 0 ? `${Math.floor(100 * share)} %` : "";
  if (waits !== undefined) return t("waits");
  if (state === "running") return done === "" ? t("running") : done;
  return [stageStates[state], done].filter((word) => word !== "").join(", ");
}

/** Term and figure, those that are known. */
export function stageFigures(
  stage: StageStatus,
  heldout: { readonly loss: number; readonly accuracy: number } | undefined,
  recorded: StageStatus["latest"],
): readonly (readonly [string, string])[] {
  const { step, steps, tokensPerSecond, secondsLeft } = stage;
  const latest = stage.latest ?? recorded;
  const now = latest?.step ?? step;
  const rows: readonly (readonly [string, string | undefined])[] = [
    [t("step"), now === undefined ? undefined : ofSteps(now, steps)],
    [t("time left"), secondsLeft === undefined ? undefined : duration(secondsLeft)],
    [t("loss"), latest && lossNumber(latest.loss)],
    [t("accuracy"), latest && percent(latest.accuracy)],
    [t("held-out loss"), heldout && lossNumber(heldout.loss)],
    [t("held-out accuracy"), heldout && percent(heldout.accuracy)],
    [t("tokens/s"), tokensPerSecond === undefined ? undefined : shortNumber(tokensPerSecond)],
    [t("learning rate"), latest && shortNumber(latest.learning_rate)],
  ];
  return rows.flatMap(([term, figure]) => (figure === undefined ? [] : [[term, figure] as const]));
}

/** "graph engine, CPU, 8 threads, 0.9 GB". */
export function deviceText(
  { engine, device, threads }: RunStatus,
  stage: StageStatus | undefined,
): string {
  const memory = stage?.latest?.memory_bytes;
  const parts = [
    t("{0} engine", engine),
    deviceName(stage?.device ?? device),
    threads === 1 ? t("1 thread") : t("{0} threads", threads),
    ...(memory === undefined || memory === 0 ? [] : [`${(memory / 1e9).toFixed(1)} GB`]),
  ];
  return parts.join(", ");
}

function ofSteps(step: number, steps: number | undefined): string {
  return steps === undefined
    ? wholeNumber(step)
    : t("{0} of {1}", wholeNumber(step), wholeNumber(steps));
}
