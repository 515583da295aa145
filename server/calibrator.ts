/** Entry point of a process that times one engine: told by IPC, answered by IPC. One that crashes takes nothing along. */
import { timeSteps } from "./calibration/time-steps";
import type { TrialJob, TrialReport } from "./calibration/messages";
import { openEngine } from "./engine/choice";

process.once("message", (job: TrialJob) => void serve(job));
// Whoever asked has gone.
process.once("disconnect", () => process.exit(1));

async function serve({ candidate, workload, budgetMs }: TrialJob): Promise<void> {
  try {
    const worker = new URL("./engine-worker.js", import.meta.url);
    const engine = await openEngine(candidate, worker);
    const onReady = (): void => {
      send({ kind: "ready" });
    };
    send({ kind: "timed", timing: await timeSteps(engine, { workload, budgetMs, onReady }) });
  } catch (error) {
    send({ kind: "failed", reason: error instanceof Error ? error.message : String(error) });
  }
}

function send(report: TrialReport): void {
  process.send?.(report, undefined, undefined, () => undefined);
}
