/** `deep-fusion status RUN`: how far each stage got. */
import { join, resolve } from "node:path";
import { choiceText } from "../calibration/describe";
import { type RunRecord, withoutWaits } from "../protocol/run";
import { lockHolder } from "../files/lock";
import { readRun, runFiles } from "../recipe/run-folder";
import { comparisonText } from "./comparison-text";
import { counted } from "./format";
import { readComparisons } from "./read-comparisons";
import { stageTable } from "./run-text";
import type { ExitCode, Services } from "./services";
import { shownPath } from "./shown-path";

export async function status(
  run: string,
  flags: { readonly json?: boolean },
  services: Services,
): Promise<ExitCode> {
  const folder = resolve(services.directory, run);
  const record = await readRun(folder);
  const holder = await lockHolder(join(folder, runFiles.lock));
  const isPaused = holder !== undefined && record.control === "paused";
  const states = Object.values(record.stages).map(({ state }) => state);
  const done = states.every((state) => state === "done");
  const comparisons = await readComparisons(folder, record);
  const { output } = services;
  if (flags.json === true) {
    output.json({
      run: folder,
      running: holder !== undefined,
      paused: isPaused,
      pid: holder?.pid,
      done,
      record,
      comparisons,
    });
    return 0;
  }
  const shown = shownPath(folder, services);
  const isWaiting = Object.values(record.stages).some(({ waits }) => waits !== undefined);
  const doing = record.control ?? (isWaiting ? "waiting" : "running");
  const going =
    holder === undefined ? (done ? "done" : "not running") : `${doing}, process ${holder.pid}`;
  const { engine, device, threads } = record;
  const by = `${engine} engine on ${device}, ${counted(threads, "thread")} each`;
  output.result(`${record.name} in ${shown}: ${going}; ${by}`);
  const why = record.choice && choiceText(record.choice);
  if (why !== undefined) output.result(why);
  output.result("");
  for (const line of stageTable(
    Object.keys(record.stages),
    holder === undefined ? withoutRunning(record) : record,
  ))
    output.result(line);
  for (const comparison of comparisons) {
    output.result("");
    for (const line of comparisonText(comparison)) output.result(line);
  }
  if (!done && (holder === undefined || isPaused))
    output.message(`Go on with: npx deep-fusion resume ${shown}`);
  return 0;
}

/** A killed run could not say that its stages no longer run. */
function withoutRunning(record: RunRecord): RunRecord {
  const stages = Object.entries(record.stages).map(([name, stage]) => [
    name,
    stage.state === "running" ? { ...withoutWaits(stage), state: "stopped" as const } : stage,
  ]);
  return { ...record, stages: Object.fromEntries(stages) as RunRecord["stages"] };
}
