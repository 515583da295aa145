/** Entry point of a process that times one engine: told by IPC, answered by IPC. One that crashes takes nothing along. */
import type { TrialJob, TrialReport } from "./calibration/messages";
import { operatorsLeft } from "./calibration/operators-left";
import { timeSteps } from "./calibration/time-steps";
import { openUnasked } from "./engine/choice";

process.once("message", (job: TrialJob) => void serve(job));
// Whoever asked has gone.
process.once("disconnect", () => process.exit(1));

async function serve(job: TrialJob): Promise<void> {
  const { candidate, workload, budgetMs, listsOperators = false } = job;
  try {
    const worker = new URL("./engine-worker.js", import.meta.url);
    const engine = await openUnasked(candidate, worker);
    const onReady = (): void => {
      send({ kind: "ready" });
    };
    const timing = await timeSteps(engine, { workload, budgetMs, onReady });
    send({ kind: "timed", timing, ...(listsOperators && (await operatorsLeft(candidate))) });
  } catch (error) {
    send({ kind: "failed", reason: error instanceof Error ? error.message : String(error) });
  }
}

function send(report: TrialReport): void {
  process.send?.(report, undefined, undefined, () => undefined);
}
